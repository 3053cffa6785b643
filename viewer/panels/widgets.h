// Small things that several panels draw. UI thread.
#pragma once

#include <span>
#include <string>

#include "viewer/model/curve_point.h"
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {

// Over the item drawn last, wrapped, also when it is disabled.
void tip(const PanelContext& context, const std::string& text);
// The item drawn last gets a name by which scripts find it. Names are unique in the window.
void mark_item(PanelContext& context, const std::string& name);
// A button that runs an action; its tooltip is the action's text and keys, and scripts
// find it by the action. False while disabled.
bool action_button(PanelContext& context, const char* label, const char* action,
                   bool enabled = true);
void quiet_text(const PanelContext& context, const std::string& text);  // wrapped
void coloured_text(const ImVec4& colour, const std::string& text);      // wrapped
// Lines no wider than this, broken at blanks only: Dear ImGui also breaks numbers at their decimal
// point.
std::string in_lines(const std::string& text, float width);
// Goes on in the same line if an item of this width has room there.
void same_line_if_fits(float width);
float button_width(const char* label);
float checkbox_width(const char* label);

// A curve over a frame with its least and greatest value written at the left. NaN leaves a gap.
struct Plot {
  const char* id = "";
  float height = 0;
  double low = 0, high = 1;
};
ImVec2 plot_frame(const Plot& plot);  // reserves the place; its upper left corner
// `at` from plot_frame.
void plot_curve(const Plot& plot, ImVec2 at, float width, std::span<const CurvePoint> points,
                ImU32 colour);

}  // namespace slicecast::viewer
