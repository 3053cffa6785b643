// Overlays of plugins: alpha, classes, fractions.
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

void draw_class(OverlayStyle& style, const ClassStyle& one, const FractionSeries* series) {
  ImGui::PushID(static_cast<int>(one.index));
  const std::uint32_t rgb = one.colour_rgb;
  float colour[3] = {static_cast<float>(rgb >> 16 & 255) / 255,
                     static_cast<float>(rgb >> 8 & 255) / 255, static_cast<float>(rgb & 255) / 255};
  if (ImGui::ColorEdit3("##colour", colour, ImGuiColorEditFlags_NoInputs)) {
    const auto byte = [](float share) { return static_cast<std::uint32_t>(share * 255 + 0.5F); };
    style.set_colour(one.index, byte(colour[0]) << 16 | byte(colour[1]) << 8 | byte(colour[2]));
  }
  ImGui::SameLine();
  bool on = one.on, outline = one.outline;
  if (ImGui::Checkbox(one.name.empty() ? std::to_string(one.index).c_str() : one.name.c_str(), &on))
    style.set_on(one.index, on);
  ImGui::SameLine();
  if (ImGui::Checkbox("outline", &outline)) style.set_outline(one.index, outline);
  if (series != nullptr && !series->points().empty()) {
    const auto& fractions = series->points().back().fraction;
    const auto found = fractions.find(one.index);
    ImGui::SameLine();
    ImGui::Text("%.1f %%", found == fractions.end() ? 0 : 100 * found->second);
  }
  ImGui::PopID();
}

}  // namespace

void draw_overlay_panel(PanelContext& context) {
  Session& session = context.session;
  if (session.producers.empty()) {
    ImGui::PushTextWrapPos();
    ImGui::TextColored(quiet_colour(session),
                       "no plugin publishes labels; start one and it appears here");
    ImGui::PopTextWrapPos();
    return;
  }
  for (auto& [name, producer] : session.producers) {
    ImGui::PushID(name.c_str());
    ImGui::Checkbox(name.c_str(), &producer.style.on);
    auto alpha = static_cast<float>(producer.style.alpha);
    ImGui::SetNextItemWidth(-1);
    if (ImGui::SliderFloat("##alpha", &alpha, 0, 1, "alpha %.2f")) producer.style.alpha = alpha;
    if (!producer.warning.empty())
      ImGui::TextColored(watch_colour(session), "%s", producer.warning.c_str());
    const auto series = producer.fractions.find(session.slices.selected());
    // A copy: a change of style may not disturb the walk.
    const auto classes = producer.style.classes();
    for (const auto& one : classes)
      draw_class(producer.style, one,
                 series == producer.fractions.end() ? nullptr : &series->second);
    ImGui::PopID();
  }
}

}  // namespace slicecast::viewer
