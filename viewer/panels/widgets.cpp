#include "viewer/panels/widgets.h"

#include <algorithm>
#include <cmath>

#include "viewer/panels/panel_tools.h"

namespace slicecast::viewer {

void tip(const PanelContext& context, const std::string& text) {
  if (text.empty() || !ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  ImGui::BeginTooltip();
  ImGui::TextUnformatted(in_lines(text, 340 * context.scale).c_str());
  ImGui::EndTooltip();
}

void mark_item(PanelContext& context, const std::string& name) {
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  context.tools.items[name] = {low.x, low.y, high.x, high.y};
}

bool action_button(PanelContext& context, const char* label, const char* action, bool enabled) {
  ImGui::BeginDisabled(!enabled);
  const bool pressed = ImGui::Button(label);
  ImGui::EndDisabled();
  mark_item(context, action);
  const Action* known = find_action(action);
  const std::string keys = context.shortcuts.text_of(action);
  tip(context, (known == nullptr ? std::string() : std::string(known->text)) +
                   (keys.empty() ? "" : "\nKeys: " + keys));
  if (pressed) context.act(action);
  return pressed;
}

std::string in_lines(const std::string& text, float width) {
  std::string lines, line;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    const std::string longer = line.empty() ? word : line + " " + word;
    if (!line.empty() && ImGui::CalcTextSize(longer.c_str()).x > width) {
      lines += line + "\n";
      line = word;
    } else {
      line = longer;
    }
    if (end < text.size() && text[end] == '\n') {
      lines += line + "\n";
      line.clear();
    }
    begin = end + 1;
  }
  return lines + line;
}

void coloured_text(const ImVec4& colour, const std::string& text) {
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::TextUnformatted(in_lines(text, ImGui::GetContentRegionAvail().x).c_str());
  ImGui::PopStyleColor();
}

void quiet_text(const PanelContext& context, const std::string& text) {
  coloured_text(quiet_colour(context.session), text);
}

void same_line_if_fits(float width) {
  const float spacing = ImGui::GetStyle().ItemSpacing.x;
  const float right = ImGui::GetWindowPos().x + ImGui::GetWindowContentRegionMax().x;
  if (ImGui::GetItemRectMax().x + spacing + width <= right) ImGui::SameLine();
}

float button_width(const char* label) {
  return ImGui::CalcTextSize(label, nullptr, true).x + 2 * ImGui::GetStyle().FramePadding.x;
}

float checkbox_width(const char* label) {
  return ImGui::CalcTextSize(label, nullptr, true).x + ImGui::GetFrameHeight() +
         ImGui::GetStyle().ItemInnerSpacing.x;
}

ImVec2 plot_frame(const Plot& plot) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = std::max(1.0F, ImGui::GetContentRegionAvail().x);
  ImGui::InvisibleButton(plot.id, {width, plot.height});
  ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + width, at.y + plot.height},
                                            ImGui::GetColorU32(ImGuiCol_FrameBg));
  return at;
}

void plot_curve(const Plot& plot, ImVec2 at, float width, std::span<const CurvePoint> points,
                ImU32 colour) {
  if (points.size() < 2 || !(plot.high > plot.low)) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto place = [&](const CurvePoint& point) {
    const double share = (static_cast<double>(point.value) - plot.low) / (plot.high - plot.low);
    return ImVec2(at.x + width * point.along,
                  at.y + plot.height * static_cast<float>(1 - std::clamp(share, 0.0, 1.0)));
  };
  for (std::size_t i = 1; i < points.size(); ++i)
    if (std::isfinite(points[i - 1].value) && std::isfinite(points[i].value))
      list.AddLine(place(points[i - 1]), place(points[i]), colour, 1.5F);
}

}  // namespace slicecast::viewer
