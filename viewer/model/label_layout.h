// Whether the texts on the screen can be read: none lies over another, none leaves its panel or is
// cut off. Rectangles in window points, origin top left. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

namespace slicecast::viewer {

struct ScreenBox {
  float left = 0, top = 0, right = 0, bottom = 0;
  float width() const { return right - left; }
  float height() const { return bottom - top; }
};

// One run of letters as it was drawn.
struct DrawnLabel {
  std::string panel;     // where it stands
  std::string text;      // as far as it is known; a letter that was cut is '?'
  ScreenBox box;         // around its letters
  ScreenBox clip;        // what of the panel may be drawn to
  bool cut = false;      // a letter was drawn in part only
  bool scrolls = false;  // the panel can be scrolled: rows may end at its lower or upper border
};

// Title of the help, which lies over the panels as menus ("popup") and tooltips ("tooltip") do.
inline constexpr const char* kHelp = "Shortcuts";

// One line per fault; it names the texts and their panels.
std::vector<std::string> label_faults(const std::vector<DrawnLabel>& labels, float width,
                                      float height);

}  // namespace slicecast::viewer
