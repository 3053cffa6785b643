#include "viewer/panels/colour_choice.h"

#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

void draw_swatch(ImVec2 at, ImVec2 size, ColourChoice choice) {
  const ColourTable& table = colour_table(choice);
  constexpr int kSteps = 32;
  for (int i = 0; i < kSteps; ++i) {
    const Rgba8 c = table[static_cast<std::size_t>(255 * i / (kSteps - 1))];
    const float left = at.x + size.x * static_cast<float>(i) / kSteps;
    ImGui::GetWindowDrawList()->AddRectFilled(
        {left, at.y}, {left + size.x / kSteps + 1, at.y + size.y}, IM_COL32(c.r, c.g, c.b, 255));
  }
}

}  // namespace

void draw_colour_choice(PanelContext& context, const char* id, ColourChoice& colours,
                        const std::string& keys) {
  ImGui::PushID(id);
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - checkbox_width("reversed") -
                          ImGui::GetStyle().ItemSpacing.x);
  const float line = ImGui::GetTextLineHeight(), swatch = 54 * context.scale;
  const bool open = ImGui::BeginCombo("##map", to_string({colours.map, false}).c_str());
  if (!open) {
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    const float pad = ImGui::GetStyle().FramePadding.y;
    mark_item(context, id);
    draw_swatch({high.x - ImGui::GetFrameHeight() - swatch - pad, low.y + pad}, {swatch, line},
                colours);
    tip(context, "Colours of the values" + (keys.empty() ? "" : "; " + keys));
  } else {
    for (const ColourMap map : kColourMaps) {
      const ImVec2 at = ImGui::GetCursorScreenPos();
      if (ImGui::Selectable(("            " + to_string({map, false})).c_str(), colours.map == map))
        colours.map = map;
      draw_swatch(at, {swatch * 0.8F, line}, {map, colours.reversed});
    }
    ImGui::EndCombo();
  }
  ImGui::SameLine();
  ImGui::Checkbox("reversed", &colours.reversed);
  mark_item(context, std::string(id) + "_reversed");
  tip(context, "Low values take the colours of high ones");
  ImGui::PopID();
}

}  // namespace slicecast::viewer
