// The selected slice flat: the picture of PlaneScene with its tools, cursor, scale and colour bar.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "viewer/app/scene_view.h"
#include "viewer/link/frames.h"
#include "viewer/panels/panel_tools.h"
#include "viewer/panels/slice_overlay.h"
#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

struct Tool {
  const char *label, *action;
  MeasureTool tool;
};
constexpr Tool kTools[] = {{"Profile", "measure_profile", MeasureTool::profile},
                           {"Distance", "measure_distance", MeasureTool::distance},
                           {"Angle", "measure_angle", MeasureTool::angle},
                           {"Rectangle", "", MeasureTool::rectangle},
                           {"Ellipse", "", MeasureTool::ellipse}};

void draw_tools(PanelContext& context) {
  PanelTools& tools = context.tools;
  // Views have no padding; their tools do.
  ImGui::SetCursorPos({6 * context.scale, ImGui::GetCursorPosY() + 3 * context.scale});
  ImGui::BeginGroup();
  bool first = true;
  for (const Tool& tool : kTools) {
    if (!first) same_line_if_fits(button_width(tool.label));
    first = false;
    const bool on = tools.measuring.tool() == tool.tool;
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetStyleColorVec4(ImGuiCol_ButtonActive));
    if (ImGui::SmallButton(tool.label)) tools.measuring.choose(tool.tool);
    if (on) ImGui::PopStyleColor();
    const std::string keys =
        context.shortcuts.text_of(*tool.action == 0 ? "measure_roi" : tool.action);
    tip(context, std::string(hint_of(tool.tool)) + "\nKeys: " + keys + "\nAgain: put it away");
  }
  same_line_if_fits(button_width("Copy CSV"));
  ImGui::BeginDisabled(tools.figures() == nullptr);
  if (ImGui::SmallButton("Copy CSV")) tools.copy_figures();
  ImGui::EndDisabled();
  tip(context,
      "The figures with their origin to the clipboard: " + context.shortcuts.text_of("copy_csv"));
  same_line_if_fits(button_width("Fit"));
  if (ImGui::SmallButton("Fit")) context.plane.fit();
  tip(context, "All of the slice; the wheel zooms at the cursor, dragging moves the view");
  ImGui::EndGroup();
  ImGui::SetCursorPos({0, ImGui::GetCursorPosY() + 1});
}

// A profile along the whole width; the plot grows to hold it.
std::vector<CurvePoint> curve_of(const std::vector<ProfileSample>& profile, Plot& plot) {
  std::vector<CurvePoint> points;
  const std::size_t step = 1 + profile.size() / 1200;
  for (std::size_t i = 0; i < profile.size(); i += step) {
    const double value = profile[i].value;
    points.push_back({static_cast<float>(i) / static_cast<float>(profile.size() - 1),
                      static_cast<float>(value)});
    if (!std::isfinite(value)) continue;
    plot.low = std::fmin(plot.low, value);
    plot.high = std::fmax(plot.high, value);
  }
  return points;
}

void draw_profile(PanelContext& context, const Measured& figures, float height) {
  const std::string unit = context.session.value_unit(context.session.slices.selected());
  const auto& profile = figures.profile;
  Plot plot{"##profile", height, NAN, NAN};
  const auto points = curve_of(profile, plot), compared = curve_of(figures.compared, plot);
  if (!std::isfinite(plot.low)) plot.low = plot.high = 0;
  if (plot.high <= plot.low) plot.high = plot.low + 1;
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 at = plot_frame(plot);
  mark_item(context, "profile");
  const double share = (ImGui::GetMousePos().x - at.x) / width;
  const auto index = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) *
                                              static_cast<double>(profile.size() - 1));
  const bool both = figures.compared.size() == profile.size();
  tip(context, fmt::format("{}{:.4g}{} at {:.4g} {} from the first point", both ? "A " : "",
                           profile[index].value,
                           both ? fmt::format(", B {:.4g}", figures.compared[index].value) : "",
                           profile[index].distance_mm, context.session.length_unit()));
  Session& session = context.session;
  // The spot is shown in the views as well.
  const bool pointed = ImGui::IsItemHovered();
  if (pointed) session.cursor = profile[index].point;
  if (!pointed && session.plotted) session.cursor.reset();
  session.plotted = pointed ? std::optional(profile[index].point) : std::nullopt;
  plot_curve(plot, at, width, points, ImGui::GetColorU32(ImGuiCol_PlotLines));
  const ImU32 orange = ImGui::GetColorU32(watch_colour(context.session));
  if (!compared.empty()) plot_curve(plot, at, width, compared, orange);
  // What its borders stand for.
  const std::string high = fmt::format("{:.3g} {}", plot.high, unit),
                    low = fmt::format("{:.3g}", plot.low),
                    length =
                        fmt::format("{:.4g} {}", profile.back().distance_mm, session.length_unit());
  const float line = ImGui::GetTextLineHeight(), edge = 4 * context.scale;
  if (plot.height < 2 * line) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImU32 quiet = ImGui::GetColorU32(quiet_colour(session));
  const float bottom = at.y + plot.height - line;
  list.AddText({at.x + edge, at.y}, quiet, high.c_str());
  list.AddText({at.x + edge, bottom}, quiet, low.c_str());
  list.AddText({at.x + width - edge - ImGui::CalcTextSize(length.c_str()).x, bottom}, quiet,
               length.c_str());
}

// A name, its number and its unit stay in one line.
std::string together(std::string figure) {
  for (std::size_t at = 0; (at = figure.find(' ', at)) != std::string::npos; at += 2)
    figure.replace(at, 1, "\u00A0");
  return figure;
}

std::string figures_text(const PanelTools& tools) {
  std::string text = std::string(to_string(tools.measuring.tool())) + ": ";
  if (const Measured* figures = tools.figures()) {
    for (const std::string& line : figures->lines)
      text += together(line) + (&line == &figures->lines.back() ? "" : ",  ");
    return text;
  }
  return text + (tools.measure_problem().empty() ? hint_of(tools.measuring.tool())
                                                 : tools.measure_problem());
}

// Figures stand in a strip below the picture, so that they hide nothing.
struct Strip {
  float height = 0, plot = 0;
};

// The plot is lower where the panel is low, so that the picture stays in sight.
Strip strip_of(const PanelContext& context, float available) {
  const PanelTools& tools = context.tools;
  if (tools.measuring.tool() == MeasureTool::none) return {};
  const float width = ImGui::GetWindowWidth() - 12 * context.scale;
  const float line =
      ImGui::CalcTextSize(in_lines(figures_text(tools), width).c_str()).y + 10 * context.scale;
  const bool plot = tools.figures() != nullptr && !tools.figures()->profile.empty();
  if (!plot) return {line, 0};
  const float height = std::min(70 * context.scale, 0.25F * available);
  return {line + height + 4 * context.scale, height};
}

void draw_strip(PanelContext& context, const Strip& strip) {
  const PanelTools& tools = context.tools;
  const bool plot = tools.figures() != nullptr && !tools.figures()->profile.empty();
  if (!plot) context.session.plotted.reset();
  if (tools.measuring.tool() == MeasureTool::none) return;
  ImGui::SetCursorPosX(6 * context.scale);
  const Measured* figures = tools.figures();
  const float width = ImGui::GetWindowWidth() - 12 * context.scale;
  ImGui::TextUnformatted(in_lines(figures_text(tools), width).c_str());
  if (figures != nullptr && !figures->profile.empty()) draw_profile(context, *figures, strip.plot);
}

void use_mouse(PanelContext& context, const SceneSlice& slice) {
  Measuring& measuring = context.tools.measuring;
  auto& area = context.plane_area;
  area.claimed = measuring.tool() != MeasureTool::none;
  if (!area.claimed || !area.hovered) return;
  const float pixel = ImGui::GetIO().DisplayFramebufferScale.x;
  const ImVec2 mouse = ImGui::GetMousePos();
  Cursor cursor{(mouse.x - area.x) * pixel, (mouse.y - area.y) * pixel};
  // Compared, both pictures show the same place.
  if (context.session.comparison.side_by_side)
    cursor = in_first(cursor, picture_pair(static_cast<int>(std::lround(area.width * pixel)),
                                           static_cast<int>(std::lround(area.height * pixel))));
  const PixelPoint at = context.plane.pixel_at(cursor);
  if (ImGui::IsMouseClicked(0)) measuring.press(slice.id, at);
  measuring.hover(at);
}

}  // namespace

void draw_slice_panel(PanelContext& context) {
  draw_tools(context);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImVec2 size = ImGui::GetContentRegionAvail();
  const Strip strip = strip_of(context, size.y);
  size.y -= strip.height;
  if (size.x < 1 || size.y < 1) return;
  context.plane_area = {at.x, at.y, size.x, size.y, false};
  if (context.plane_texture != 0)
    ImGui::Image(reinterpret_cast<ImTextureID>(context.plane_texture), size, {0, 1}, {1, 0});
  ImGui::SetCursorScreenPos(at);
  ImGui::InvisibleButton("plane", size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonMiddle |
                             ImGuiButtonFlags_MouseButtonRight);
  context.plane_area.hovered = ImGui::IsItemHovered();
  if (const SceneSlice* slice = context.session.selected()) {
    use_mouse(context, *slice);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRect(at, {at.x + size.x, at.y + size.y}, true);
    draw_slice_overlay(context, list, *slice);
    list.PopClipRect();
  }
  draw_strip(context, strip);
}

}  // namespace slicecast::viewer
