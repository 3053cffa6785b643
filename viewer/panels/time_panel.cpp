// Freeze, scrub and follow.
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {

void draw_time_panel(PanelContext& context) {
  SliceHistory& history = context.session.history;
  if (ImGui::Button(history.frozen() ? "Follow" : "Freeze"))
    context.act(history.frozen() ? "follow_live" : "freeze");
  ImGui::SameLine();
  auto share = static_cast<float>(history.share());
  ImGui::SetNextItemWidth(-170 * context.scale);
  if (ImGui::SliderFloat("##time", &share, 0, 1, "")) history.scrub_to(share);
  ImGui::SameLine();
  if (history.frozen())
    ImGui::TextColored(watch_colour(context.session), "frozen, %.1f s back", history.behind_s());
  else
    ImGui::TextUnformatted("live");
}

}  // namespace slicecast::viewer
