// Overlays of plugins: alpha, classes, their fractions over time. The volume is its second page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/clock.h"
#include "viewer/model/provenance.h"
#include "viewer/panels/colour_choice.h"
#include "viewer/panels/panel_tools.h"
#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

ImU32 colour_of(std::uint32_t rgb) {
  return IM_COL32(rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255, 255);
}

std::string name_of(const ClassStyle& one) {
  return one.name.empty() ? "class " + std::to_string(one.index) : one.name;
}

double newest_fraction(const FractionSeries* series, std::uint32_t index) {
  if (series == nullptr || series->points().empty()) return NAN;
  const auto& fractions = series->points().back().fraction;
  const auto found = fractions.find(index);
  return found == fractions.end() ? 0 : found->second;
}

void draw_class(PanelContext& context, OverlayStyle& style, const ClassStyle& one,
                const FractionSeries* series) {
  ImGui::PushID(static_cast<int>(one.index));
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  const std::uint32_t rgb = one.colour_rgb;
  float colour[3] = {static_cast<float>(rgb >> 16 & 255) / 255,
                     static_cast<float>(rgb >> 8 & 255) / 255, static_cast<float>(rgb & 255) / 255};
  if (ImGui::ColorEdit3("##colour", colour,
                        ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoTooltip)) {
    const auto byte = [](float share) { return static_cast<std::uint32_t>(share * 255 + 0.5F); };
    style.set_colour(one.index, byte(colour[0]) << 16 | byte(colour[1]) << 8 | byte(colour[2]));
  }
  tip(context, "Colour of " + name_of(one) + ": click to choose another");
  ImGui::TableNextColumn();
  bool on = one.on, outline = one.outline;
  if (ImGui::Checkbox(name_of(one).c_str(), &on)) style.set_on(one.index, on);
  mark_item(context, fmt::format("class_{}", one.index));
  ImGui::TableNextColumn();
  if (ImGui::Checkbox("##outline", &outline)) style.set_outline(one.index, outline);
  mark_item(context, fmt::format("outline_{}", one.index));
  tip(context, "Only the border of its regions");
  ImGui::TableNextColumn();
  const double fraction = newest_fraction(series, one.index);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(std::isnan(fraction) ? ""
                                              : fmt::format("{:.1f} %", 100 * fraction).c_str());
  tip(context, "Share of the labelled area of the selected slice");
  ImGui::PopID();
}

std::string origin_of(const Session& session, const std::string& name, const Producer& producer,
                      const FractionSeries& series) {
  Provenance origin = session_provenance(*session.facts(), now_ns());
  if (const SceneSlice* slice = session.selected()) {
    origin.add("slice_id", slice->id);
    origin.add("slice_name", slice->name);
  }
  origin.add("producer", name);
  origin.add("model", producer.model);
  origin.add("first_acquired_at", iso_time(series.points().front().acquired_ns));
  origin.add("last_acquired_at", iso_time(series.points().back().acquired_ns));
  return origin.to_json(-1);
}

void draw_fractions(PanelContext& context, const Producer& producer, const FractionSeries& series,
                    const std::string& name) {
  const OverlayStyle& style = producer.style;
  const auto& points = series.points();
  if (points.size() < 2) {
    quiet_text(context, "Class fractions over time are plotted from the second result on.");
    return;
  }
  const float width = ImGui::GetContentRegionAvail().x;
  const Plot plot{"##fractions", 58 * context.scale, 0, 1};
  const ImVec2 at = plot_frame(plot);
  mark_item(context, "fractions");
  const double seconds =
      1e-9 * static_cast<double>(points.back().acquired_ns - points.front().acquired_ns);
  tip(context,
      fmt::format("Class fractions of the selected slice, 0 to 100 %, over {:.3g} s", seconds));
  constexpr std::size_t kToldApart = 300;  // points of a curve
  for (const auto& one : style.classes())
    if (one.on)
      plot_curve(plot, at, width, series.curve(one.index, kToldApart), colour_of(one.colour_rgb));
  ImGui::AlignTextToFramePadding();
  ImGui::TextColored(quiet_colour(context.session), "0 to 100 %%, %.3g s", seconds);
  same_line_if_fits(button_width("Copy CSV"));
  if (ImGui::Button("Copy CSV"))
    context.tools.copy_text(
        series.csv(style.classes(), origin_of(context.session, name, producer, series)),
        "fractions of " + name);
  mark_item(context, "copy_fractions");
}

void draw_classes(PanelContext& context, const std::string& name, Producer& producer) {
  const auto found = producer.fractions.find(context.session.slices.selected());
  const FractionSeries* series = found == producer.fractions.end() ? nullptr : &found->second;
  if (ImGui::BeginTable("classes", 4, ImGuiTableFlags_SizingStretchProp)) {
    ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, ImGui::GetFrameHeight());
    ImGui::TableSetupColumn("class");
    ImGui::TableSetupColumn("outline", ImGuiTableColumnFlags_WidthFixed,
                            ImGui::CalcTextSize("outline").x);
    ImGui::TableSetupColumn("area", ImGuiTableColumnFlags_WidthFixed,
                            ImGui::CalcTextSize("100.0 %").x);
    ImGui::TableHeadersRow();
    // A copy: a change of style may not disturb the walk.
    const auto classes = producer.style.classes();
    for (const auto& one : classes) draw_class(context, producer.style, one, series);
    ImGui::EndTable();
  }
  if (series != nullptr) draw_fractions(context, producer, *series, name);
}

// Colours and limits of an overlay of numbers.
void draw_values(PanelContext& context, const std::string& name, Producer& producer) {
  draw_colour_choice(context, "overlay_map", producer.colours, "");
  ValueLimits limits = producer.limits();
  const std::string unit = producer.unit.empty() ? "" : " " + producer.unit;
  const auto step = static_cast<float>(0.005 * (limits.high - limits.low));
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float width = (ImGui::GetContentRegionAvail().x - gap) / 2;
  const auto field = [&](const char* id, double& value, const char* what) {
    ImGui::SetNextItemWidth(width);
    const bool changed = ImGui::DragScalar((std::string("##") + id).c_str(), ImGuiDataType_Double,
                                           &value, step, nullptr, nullptr, ("%.4g" + unit).c_str());
    mark_item(context, id);
    tip(context, fmt::format("{} of {}{}: drag, or Ctrl+click to type a number", what,
                             producer.quantity.empty() ? name : producer.quantity,
                             producer.unit.empty() ? "" : " in " + producer.unit));
    return changed;
  };
  bool changed = field("overlay_low", limits.low, "First colour");
  ImGui::SameLine();
  changed = field("overlay_high", limits.high, "Last colour") || changed;
  if (changed && limits.high > limits.low) producer.chosen = limits;
  ImGui::BeginDisabled(!producer.chosen);
  if (ImGui::Button("As proposed")) producer.chosen.reset();
  mark_item(context, "overlay_proposed");
  ImGui::EndDisabled();
  tip(context, fmt::format("The limits that {} proposes: {:.4g} to {:.4g}{}", name,
                           producer.proposed.low, producer.proposed.high, unit));
  if (producer.quantity.empty()) return;
  same_line_if_fits(ImGui::CalcTextSize(producer.quantity.c_str()).x);
  ImGui::AlignTextToFramePadding();
  quiet_text(context, producer.quantity);
}

void draw_producer(PanelContext& context, const std::string& name, Producer& producer) {
  Session& session = context.session;
  ImGui::Checkbox(name.c_str(), &producer.style.on);
  mark_item(context, "overlay_" + name);
  tip(context, (producer.values ? "Values of the plugin " : "Labels of the plugin ") + name +
                   (producer.model.empty() ? "" : ", model " + producer.model) +
                   "\nOn or off: " + context.shortcuts.text_of("overlay_toggle"));
  ImGui::SameLine();
  auto alpha = static_cast<float>(100 * producer.style.alpha);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::SliderFloat("##alpha", &alpha, 0, 100, "alpha %.0f %%"))
    producer.style.alpha = alpha / 100;
  mark_item(context, "alpha_" + name);
  tip(context, "How far it covers the image");
  if (!producer.style.on) return;  // its colours and classes give their room to others
  if (!producer.warning.empty()) coloured_text(watch_colour(session), producer.warning);
  const auto shown = session.shown(session.slices.selected(), context.now_ns);
  if (!shown.mark.empty()) coloured_text(watch_colour(session), shown.mark);
  if (!shown.producer.empty() && shown.producer != name)
    quiet_text(context, shown.producer + " lies over it: switch that off to see this one.");
  if (producer.values)
    draw_values(context, name, producer);
  else
    draw_classes(context, name, producer);
}

void draw_overlays(PanelContext& context) {
  if (context.session.producers.empty())
    quiet_text(context,
               "No plugin publishes labels or values. Start one and it appears here by itself.");
  for (auto& [name, producer] : context.session.producers) {
    ImGui::PushID(name.c_str());
    draw_producer(context, name, producer);
    ImGui::PopID();
  }
}

}  // namespace

void draw_overlay_panel(PanelContext& context) {
  if (!ImGui::BeginTabBar("layers")) return;
  const bool overlay = ImGui::BeginTabItem("Overlay", nullptr, ImGuiTabItemFlags_NoTooltip);
  mark_item(context, "page_overlay");
  if (overlay) {
    draw_overlays(context);
    ImGui::EndTabItem();
  }
  const bool volume = ImGui::BeginTabItem("Volume", nullptr, ImGuiTabItemFlags_NoTooltip);
  mark_item(context, "page_volume");
  if (volume) {
    draw_volume_panel(context);
    ImGui::EndTabItem();
  }
  ImGui::EndTabBar();
}

}  // namespace slicecast::viewer
