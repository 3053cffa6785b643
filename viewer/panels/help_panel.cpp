// Every shortcut, from the one table that defines them.
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

void draw_row(const char* keys, const std::string& text) {
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(keys);
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(text.c_str());
}

}  // namespace

void draw_help(PanelContext& context, bool& open) {
  if (!open) return;
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({window.x * 0.5F, window.y * 0.5F}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSize({window.x * 0.94F, window.y * 0.94F});
  ImGui::SetNextWindowFocus();
  if (ImGui::Begin("Shortcuts", &open,
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoCollapse |
                       ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoResize) &&
      ImGui::BeginTable("shortcuts", 4, ImGuiTableFlags_SizingFixedFit)) {
    for (const MouseGesture& gesture : mouse_gestures())
      draw_row(std::string(gesture.gesture).c_str(), std::string(gesture.text));
    for (const Action& action : actions())
      draw_row(context.shortcuts.text_of(action.id).c_str(), std::string(action.text));
    ImGui::EndTable();
  }
  ImGui::End();
}

}  // namespace slicecast::viewer
