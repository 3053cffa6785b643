// Every shortcut, from the one table that defines them.
#include <algorithm>
#include <string>

#include "viewer/model/label_layout.h"
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

void draw_row(const char* keys, const std::string& text) {
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(keys);
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(text.c_str());
}

// Columns: keys and text, twice where the window is wide enough.
int columns_for(const PanelContext& context, float width) {
  float keys = 0, texts = 0;
  const auto measure = [](float& widest, const std::string& text) {
    widest = std::max(widest, ImGui::CalcTextSize(text.c_str()).x);
  };
  for (const MouseGesture& gesture : mouse_gestures()) {
    measure(keys, std::string(gesture.gesture));
    measure(texts, std::string(gesture.text));
  }
  for (const Action& action : actions()) {
    measure(keys, context.shortcuts.text_of(action.id));
    measure(texts, std::string(action.text));
  }
  const ImGuiStyle& style = ImGui::GetStyle();
  const float others = 8 * style.CellPadding.x + 2 * style.WindowPadding.x + style.ScrollbarSize;
  return width >= 2 * (keys + texts) + others ? 4 : 2;
}

}  // namespace

void draw_help(PanelContext& context, bool& open) {
  if (!open) return;
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({window.x * 0.5F, window.y * 0.5F}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSize({window.x * 0.94F, window.y * 0.94F});
  ImGui::SetNextWindowFocus();
  if (ImGui::Begin(kHelp, &open,
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoCollapse |
                       ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoResize) &&
      ImGui::BeginTable("shortcuts", columns_for(context, window.x * 0.94F),
                        ImGuiTableFlags_SizingFixedFit)) {
    for (const MouseGesture& gesture : mouse_gestures())
      draw_row(std::string(gesture.gesture).c_str(), std::string(gesture.text));
    for (const Action& action : actions())
      draw_row(context.shortcuts.text_of(action.id).c_str(), std::string(action.text));
    ImGui::EndTable();
  }
  ImGui::End();
}

}  // namespace slicecast::viewer
