// The bar at the bottom: connection, what is under the cursor, figures, the last message.
#include <fmt/format.h>

#include "common/base/clock.h"
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

constexpr std::int64_t kMessage_ns = 8'000'000'000;

ImVec4 colour_of(const Session& session, ConnectionState state) {
  switch (state) {
    case ConnectionState::live: return good_colour(session);
    case ConnectionState::lost: return bad_colour(session);
    default: return watch_colour(session);
  }
}

}  // namespace

void draw_status_panel(PanelContext& context) {
  const Session& session = context.session;
  const auto view = session.connection.view(context.now_ns);
  ImGui::TextColored(colour_of(session, view.state), "%s %s", glyph_of(view.shape),
                     view.text.c_str());
  if (session.slices.observer()) {
    ImGui::SameLine();
    ImGui::TextColored(watch_colour(session), "observer");
  }
  const auto figures = session.age.figures(now_ns());
  ImGui::SameLine(0, 18 * context.scale);
  if (session.health.scan_ended())
    ImGui::TextUnformatted("scan ended");
  else if (figures.samples > 0)
    ImGui::TextUnformatted(
        (figures.p99_ms < 10000
             ? fmt::format("age {:.0f} / {:.0f} ms (p50 / p99)", figures.p50_ms, figures.p99_ms)
             : fmt::format("age {:.0f} / {:.0f} s (p50 / p99)", figures.p50_ms / 1000,
                           figures.p99_ms / 1000))
            .c_str());
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
}

}  // namespace slicecast::viewer
