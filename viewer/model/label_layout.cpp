#include "viewer/model/label_layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace slicecast::viewer {
namespace {

// Letters may lean over their cell by about this much.
constexpr float kSlack = 1.5F;

std::string name_of(const DrawnLabel& label) {
  return fmt::format("'{}' in {} at {:.0f},{:.0f}", label.text, label.panel, label.box.left,
                     label.box.top);
}

bool over(const ScreenBox& a, const ScreenBox& b) {
  return std::min(a.right, b.right) - std::max(a.left, b.left) > kSlack &&
         std::min(a.bottom, b.bottom) - std::max(a.top, b.top) > kSlack;
}

// What people see of it where a panel is scrolled.
ScreenBox visible(const DrawnLabel& label) {
  const ScreenBox &box = label.box, &clip = label.clip;
  return {std::max(box.left, clip.left), std::max(box.top, clip.top),
          std::min(box.right, clip.right), std::min(box.bottom, clip.bottom)};
}

// What opens over the panels covers them whole, so that only texts of one layer can collide.
int layer_of(const DrawnLabel& label) {
  return label.panel == "tooltip" ? 3 : label.panel == "popup" ? 2 : label.panel == kHelp ? 1 : 0;
}

bool ends_in_dots(const std::string& text) {
  return text.ends_with("\u2026") || text.ends_with("...");
}

}  // namespace

std::vector<std::string> label_faults(const std::vector<DrawnLabel>& labels, float width,
                                      float height) {
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const DrawnLabel& a = labels[i];
    const ScreenBox& box = a.box;
    const bool beside = box.left < a.clip.left - kSlack || box.right > a.clip.right + kSlack;
    const bool beyond = box.top < a.clip.top - kSlack || box.bottom > a.clip.bottom + kSlack;
    if (box.left < -kSlack || box.top < -kSlack || box.right > width + kSlack ||
        box.bottom > height + kSlack)
      faults.push_back(name_of(a) + " leaves the window");
    else if (beside || (beyond && !a.scrolls) || (a.cut && !(beyond && a.scrolls)))
      faults.push_back(name_of(a) + " is cut off");
    else if (ends_in_dots(a.text))
      faults.push_back(name_of(a) + " is shortened");
    for (std::size_t j = i + 1; j < labels.size(); ++j)
      if (layer_of(a) == layer_of(labels[j]) && over(visible(a), visible(labels[j])))
        faults.push_back(name_of(a) + " overlaps " + name_of(labels[j]));
  }
  return faults;
}

}  // namespace slicecast::viewer
