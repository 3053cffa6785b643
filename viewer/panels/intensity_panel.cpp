// Window, scale and colour map of the selected slice over its live histogram.
#include <algorithm>
#include <cmath>
#include <vector>

#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

void draw_map_choice(Session& session) {
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x * 0.55F);
  if (ImGui::BeginCombo("##map", to_string(session.colours).c_str())) {
    for (const ColourMap map : kColourMaps)
      if (ImGui::Selectable(to_string({map, false}).c_str(), session.colours.map == map))
        session.colours.map = map;
    ImGui::EndCombo();
  }
  ImGui::SameLine();
  ImGui::Checkbox("reversed", &session.colours.reversed);
}

// The histogram on a square-root scale, so that small peaks show beside the air.
void draw_bars(ImDrawList& list, const Histogram& histogram, ImVec2 at, ImVec2 size, ImU32 colour) {
  const auto highest = std::ranges::max(histogram.counts);
  if (highest == 0) return;
  const float width = size.x / static_cast<float>(histogram.counts.size());
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const double share =
        std::sqrt(static_cast<double>(histogram.counts[i]) / static_cast<double>(highest));
    const float x = at.x + width * static_cast<float>(i);
    list.AddRectFilled({x, at.y + size.y * static_cast<float>(1 - share)},
                       {x + std::max(1.0F, width), at.y + size.y}, colour);
  }
}

// A limit as a line that can be dragged; true while it is.
bool draw_limit(ImDrawList& list, const char* id, double& value, const Histogram& histogram,
                ImVec2 at, ImVec2 size, ImU32 colour) {
  const double span = histogram.high - histogram.low;
  const float x = at.x + size.x * static_cast<float>((value - histogram.low) / span);
  const float drawn = std::clamp(x, at.x, at.x + size.x);
  ImGui::SetCursorScreenPos({drawn - 5, at.y});
  ImGui::InvisibleButton(id, {10, size.y});
  if (ImGui::IsItemHovered() || ImGui::IsItemActive())
    ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  list.AddLine({drawn, at.y}, {drawn, at.y + size.y}, colour, ImGui::IsItemActive() ? 3.0F : 2.0F);
  if (!ImGui::IsItemActive()) return false;
  value += span * ImGui::GetIO().MouseDelta.x / size.x;
  return ImGui::GetIO().MouseDelta.x != 0;
}

void draw_histogram(PanelContext& context, const std::string& slice, Intensity& intensity,
                    bool& changed) {
  const Histogram* histogram = context.session.histogram_of(slice);
  if (histogram == nullptr || histogram->counts.empty() || histogram->high <= histogram->low) {
    ImGui::TextColored(quiet_colour(context.session), "no values yet");
    return;
  }
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 size(ImGui::GetContentRegionAvail().x, 84 * context.scale);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {at.x + size.x, at.y + size.y}, ImGui::GetColorU32(ImGuiCol_FrameBg));
  draw_bars(list, *histogram, at, size, ImGui::GetColorU32(ImGuiCol_PlotHistogram));
  const ImU32 colour = ImGui::GetColorU32(ImGuiCol_Text);
  changed = draw_limit(list, "low", intensity.low, *histogram, at, size, colour) || changed;
  changed = draw_limit(list, "high", intensity.high, *histogram, at, size, colour) || changed;
  ImGui::SetCursorScreenPos({at.x, at.y + size.y + 4});
}

void draw_limits(PanelContext& context, Intensity& intensity, bool& changed) {
  const double step = std::max(1e-9, 0.004 * (intensity.high - intensity.low));
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x * 0.40F);
  changed = ImGui::DragScalar("##low", ImGuiDataType_Double, &intensity.low,
                              static_cast<float>(step), nullptr, nullptr, "%.4g") ||
            changed;
  ImGui::SameLine();
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x * 0.66F);
  changed = ImGui::DragScalar("##high", ImGuiDataType_Double, &intensity.high,
                              static_cast<float>(step), nullptr, nullptr, "%.4g") ||
            changed;
  ImGui::SameLine();
  ImGui::TextUnformatted(context.session.length_unit() == "px" ? "1/px" : "1/mm");
  constexpr Scale kScales[] = {Scale::linear, Scale::log, Scale::gamma};
  for (const Scale scale : kScales) {
    if (scale != Scale::linear) ImGui::SameLine();
    if (ImGui::RadioButton(to_string(scale), intensity.scale == scale)) {
      intensity.scale = scale;
      changed = true;
    }
  }
  if (intensity.scale != Scale::gamma) return;
  auto gamma = static_cast<float>(intensity.gamma);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::SliderFloat("##gamma", &gamma, 0.1F, 10, "gamma %.2f", ImGuiSliderFlags_Logarithmic)) {
    intensity.gamma = gamma;
    changed = true;
  }
}

}  // namespace

void draw_intensity_panel(PanelContext& context) {
  Session& session = context.session;
  const std::string slice = session.slices.selected();
  draw_map_choice(session);
  Intensity intensity = session.intensities.of(slice);
  bool changed = false;
  draw_histogram(context, slice, intensity, changed);
  draw_limits(context, intensity, changed);
  if (changed && intensity.low < intensity.high)
    session.say(session.intensities.set(slice, intensity));
  if (ImGui::Button("Contrast")) context.act("contrast_once");
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("0.5 to 99.5 %% of the values, once (%s)",
                      context.shortcuts.text_of("contrast_once").c_str());
  ImGui::SameLine();
  bool follows = session.intensities.following(slice);
  if (ImGui::Checkbox("follow", &follows)) context.act("contrast_follow");
  ImGui::SameLine();
  bool locked = session.intensities.locked();
  if (ImGui::Checkbox("same for all", &locked)) context.act("limits_lock");
}

}  // namespace slicecast::viewer
