// Window, scale and colour map of the selected slice over its live histogram.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/colour_choice.h"
#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

std::string unit_of(const Session& session) {
  return session.value_unit(session.slices.selected());
}

// On a square-root scale, so that small peaks show beside the air.
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
bool draw_limit(PanelContext& context, const char* id, double& value, const Histogram& histogram,
                ImVec2 at, ImVec2 size) {
  const double span = histogram.high - histogram.low;
  const float x = at.x + size.x * static_cast<float>((value - histogram.low) / span);
  const float drawn = std::clamp(x, at.x + 1, at.x + size.x - 1);
  ImGui::SetCursorScreenPos({drawn - 6, at.y});
  ImGui::InvisibleButton(id, {12, size.y});
  mark_item(context, std::string("limit_") + id);
  if (ImGui::IsItemHovered() || ImGui::IsItemActive())
    ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  tip(context, fmt::format("{} limit {:.4g}: drag it", id, value));
  ImGui::GetWindowDrawList()->AddLine({drawn, at.y}, {drawn, at.y + size.y},
                                      ImGui::GetColorU32(ImGuiCol_Text),
                                      ImGui::IsItemActive() ? 3.0F : 2.0F);
  if (!ImGui::IsItemActive()) return false;
  value += span * ImGui::GetIO().MouseDelta.x / size.x;
  return ImGui::GetIO().MouseDelta.x != 0;
}

void draw_histogram(PanelContext& context, const std::string& slice, Intensity& intensity,
                    bool& changed) {
  const Histogram* histogram = context.session.histogram_of(slice);
  if (histogram == nullptr || histogram->counts.empty() || histogram->high <= histogram->low) {
    quiet_text(context, "No values yet: the histogram comes with the first image.");
    return;
  }
  const ImVec2 size(ImGui::GetContentRegionAvail().x, 72 * context.scale);
  const ImVec2 at = plot_frame({"##histogram", size.y});
  ImGui::SetItemAllowOverlap();
  mark_item(context, "histogram");
  if (ImGui::IsItemHovered()) {
    const double share = (ImGui::GetMousePos().x - at.x) / size.x;
    const auto bins = static_cast<double>(histogram->counts.size());
    const auto bin = static_cast<std::size_t>(std::clamp(share * bins, 0.0, bins - 1));
    tip(context, fmt::format("{:.4g} {}: {} pixels\nmean {:.4g}, standard deviation {:.4g}",
                             histogram->low + share * (histogram->high - histogram->low),
                             unit_of(context.session), histogram->counts[bin], histogram->mean,
                             histogram->deviation));
  }
  draw_bars(*ImGui::GetWindowDrawList(), *histogram, at, size,
            ImGui::GetColorU32(ImGuiCol_PlotHistogram));
  const ImVec2 below = ImGui::GetCursorScreenPos();
  changed = draw_limit(context, "low", intensity.low, *histogram, at, size) || changed;
  changed = draw_limit(context, "high", intensity.high, *histogram, at, size) || changed;
  ImGui::SetCursorScreenPos(below);
  // Where the axis begins and ends.
  const std::string first = fmt::format("{:.3g}", histogram->low),
                    last = fmt::format("{:.3g} {}", histogram->high, unit_of(context.session));
  ImGui::TextColored(quiet_colour(context.session), "%s", first.c_str());
  ImGui::SameLine(ImGui::GetWindowContentRegionMax().x - ImGui::CalcTextSize(last.c_str()).x);
  ImGui::TextColored(quiet_colour(context.session), "%s", last.c_str());
}

void draw_limits(PanelContext& context, Intensity& intensity, bool& changed) {
  const double step = std::max(1e-9, 0.002 * (intensity.high - intensity.low));
  const float unit = ImGui::CalcTextSize("1/mm").x, gap = ImGui::GetStyle().ItemSpacing.x;
  const float width = (ImGui::GetContentRegionAvail().x - unit - 2 * gap) / 2;
  const auto field = [&](const char* id, double& value, const char* what) {
    ImGui::SetNextItemWidth(width);
    changed = ImGui::DragScalar(id, ImGuiDataType_Double, &value, static_cast<float>(step), nullptr,
                                nullptr, "%.4g") ||
              changed;
    mark_item(context, std::string("number_") + (id + 2));
    tip(context, std::string(what) + ": drag, or Ctrl+click to type a number");
    ImGui::SameLine();
  };
  field("##low", intensity.low, "Value of the first colour");
  field("##high", intensity.high, "Value of the last colour");
  ImGui::TextUnformatted(unit_of(context.session).c_str());
  constexpr Scale kScales[] = {Scale::linear, Scale::log, Scale::gamma};
  for (const Scale scale : kScales) {
    if (scale != Scale::linear) ImGui::SameLine();
    if (ImGui::RadioButton(to_string(scale), intensity.scale == scale)) {
      intensity.scale = scale;
      changed = true;
    }
    tip(context, scale == Scale::linear ? "Colours by value"
                 : scale == Scale::log  ? "Three decades above the low limit"
                                        : "Colours by value to a power");
  }
  if (intensity.scale != Scale::gamma) return;
  auto gamma = static_cast<float>(intensity.gamma);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::SliderFloat("##gamma", &gamma, 0.1F, 10, "gamma %.2f", ImGuiSliderFlags_Logarithmic)) {
    intensity.gamma = gamma;
    changed = true;
  }
}

void draw_contrast(PanelContext& context, const std::string& slice) {
  Session& session = context.session;
  action_button(context, "Auto", "contrast_once");
  bool follows = session.intensities.following(slice), locked = session.intensities.locked();
  same_line_if_fits(checkbox_width("keep auto"));
  if (ImGui::Checkbox("keep auto", &follows)) context.act("contrast_follow");
  tip(context, "The limits follow the middle 99 % of the values, without jitter: " +
                   context.shortcuts.text_of("contrast_follow"));
  same_line_if_fits(checkbox_width("lock all"));
  if (ImGui::Checkbox("lock all", &locked)) context.act("limits_lock");
  tip(context, "All slices share these limits: " + context.shortcuts.text_of("limits_lock"));
}

}  // namespace

void draw_intensity_panel(PanelContext& context) {
  Session& session = context.session;
  const std::string slice = session.slices.selected();
  draw_colour_choice(context, "map", session.colours,
                     "next one with " + context.shortcuts.text_of("map_next") + ", reversed with " +
                         context.shortcuts.text_of("map_reverse"));
  Intensity intensity = session.intensities.of(slice);
  bool changed = false;
  draw_histogram(context, slice, intensity, changed);
  draw_limits(context, intensity, changed);
  if (changed) session.say(session.intensities.set(slice, intensity));
  draw_contrast(context, slice);
}

}  // namespace slicecast::viewer
