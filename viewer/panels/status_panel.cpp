// The bar at the bottom: connection, what is under the cursor, figures, the last message.
#include <string>

#include "common/base/clock.h"
#include "viewer/panels/cursor_text.h"
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

constexpr std::int64_t kMessage_ns = 8'000'000'000;

ImVec4 colour_of(const Session& session, StatusShape shape) {
  switch (shape) {
    case StatusShape::disc: return good_colour(session);
    case StatusShape::cross: return bad_colour(session);
    default: return watch_colour(session);
  }
}

std::string age_words(const Session& session) {
  if (session.health.scan_ended()) return "scan ended";
  if (session.history.frozen()) return "display frozen";
  return age_text(session.age.figures(now_ns()));
}

// At the right end, in the room that is left there.
void draw_cursor_line(const PanelContext& context) {
  const float gap = 18 * context.scale;
  ImGui::SameLine(0, gap);
  const float from = ImGui::GetCursorPosX(), end = ImGui::GetWindowContentRegionMax().x;
  const std::string line = cursor_line(context, end - from);
  if (line.empty()) return;
  ImGui::SetCursorPosX(end - ImGui::CalcTextSize(line.c_str()).x);
  ImGui::TextUnformatted(line.c_str());
}

}  // namespace

void draw_status_panel(PanelContext& context) {
  const Session& session = context.session;
  const auto view = session.link_view(context.now_ns);
  ImGui::TextColored(colour_of(session, view.shape), "%s %s", glyph_of(view.shape),
                     view.text.c_str());
  if (session.slices.observer()) {
    ImGui::SameLine();
    ImGui::TextColored(watch_colour(session), "observer");
  }
  if (const std::string words = age_words(session); !words.empty()) {
    ImGui::SameLine(0, 18 * context.scale);
    ImGui::TextUnformatted(words.c_str());
  }
  ImGui::SameLine(0, 18 * context.scale);
  ImGui::TextColored(quiet_colour(session), "%.0f fps  upload %.1f ms",
                     session.meter.frames_per_s(context.now_ns), context.pictures.upload_ms());
  if (session.report && !session.report->link.text.empty()) {
    ImGui::SameLine(0, 18 * context.scale);
    ImGui::TextColored(watch_colour(session), "%s %s", glyph_of(StatusShape::triangle),
                       session.report->link.text.c_str());
  }
  if (!session.message.empty() && context.now_ns - session.message_ns < kMessage_ns) {
    ImGui::SameLine(0, 18 * context.scale);
    ImGui::TextUnformatted(session.message.c_str());
  }
  draw_cursor_line(context);
}

}  // namespace slicecast::viewer
