// Which servers are in use, how they do, and the way to others.
#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {

void draw_connections_panel(PanelContext& context) {
  Session& session = context.session;
  const auto view = session.connection.view(context.now_ns);
  ImGui::Text("%s %s", glyph_of(view.shape), view.text.c_str());
  static std::string address;
  ImGui::SetNextItemWidth(-70 * context.scale);
  const bool entered = ImGui::InputTextWithHint(
      "##hub", session.link ? session.link->hub().c_str() : "tcp://host:47600", &address,
      ImGuiInputTextFlags_EnterReturnsTrue);
  ImGui::SameLine();
  if ((ImGui::Button("Connect") || entered) && !address.empty() && session.connect_to)
    session.connect_to(address);
  if (!view.problem.empty()) ImGui::TextWrapped("%s", view.problem.c_str());
  if (!view.remedy.empty()) ImGui::TextWrapped("%s", view.remedy.c_str());
  if (!session.report) return;
  for (const auto& entry : session.report->services) {
    const bool answers = static_cast<bool>(entry.status);
    const auto colour = answers ? good_colour(session) : bad_colour(session);
    ImGui::TextColored(colour, "%s", glyph_of(answers ? StatusShape::disc : StatusShape::cross));
    ImGui::SameLine();
    ImGui::Text("%s", entry.service.name().c_str());
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s %s%s%s", entry.service.kind().c_str(), entry.service.version().c_str(),
                        answers ? "" : "\n", answers ? "" : entry.status.error().message.c_str());
  }
}

}  // namespace slicecast::viewer
