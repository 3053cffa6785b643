#include "viewer/model/layout.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace slicecast::viewer {
namespace {

constexpr double kSlack = 1e-6;

// Pixels at font scale 1 that a panel needs to be read.
constexpr double kBar = 24, kColumn = 288, kWidestColumn = 460;
// Of the time panel, with its buttons in one row and in two.
constexpr double kTime = 84, kHighTime = 112, kTimeWidth = 540;
constexpr double kLeastCentre = 240, kLeastPanel = 96;
constexpr double kViewBars = 90;  // titles and tools above two views, one below the other

// A part of a column, from the top down. Several panels in one part share it: the first is open.
struct Part {
  double share;  // of its column's height
  std::vector<std::string_view> panels;
};
using Column = std::vector<Part>;

std::string title_of(std::string_view id) {
  if (id == "overlay") return "Overlay and volume";
  std::string title(id);
  title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
  return title;
}

void add_column(std::vector<PanelPlace>& panels, const Column& column, const Rectangle& place,
                bool visible) {
  double y = place.y;
  for (const Part& part : column) {
    const double height = place.height * part.share;
    bool first = true;
    for (const std::string_view id : part.panels) {
      panels.push_back(
          {std::string(id), title_of(id), visible && first, {place.x, y, place.width, height}});
      first = false;
    }
    y += height;
  }
}

bool printable(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::ranges::none_of(name, [](char c) {
    return std::iscntrl(static_cast<unsigned char>(c)) != 0;
  });
}

}  // namespace

bool overlap(const Rectangle& a, const Rectangle& b) {
  return std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x) > kSlack &&
         std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y) > kSlack;
}

bool inside_window(const Rectangle& r) {
  return r.x >= -kSlack && r.y >= -kSlack && r.width > 0 && r.height > 0 &&
         r.x + r.width <= 1 + kSlack && r.y + r.height <= 1 + kSlack;
}

const PanelPlace* Layout::find(std::string_view id) const {
  const auto found = std::ranges::find(panels, id, &PanelPlace::id);
  return found == panels.end() ? nullptr : &*found;
}
PanelPlace* Layout::find(std::string_view id) {
  const auto found = std::ranges::find(panels, id, &PanelPlace::id);
  return found == panels.end() ? nullptr : &*found;
}

Layout default_layout(int window_width, int window_height, double font_scale) {
  Layout layout;
  layout.font_scale = std::clamp(std::isfinite(font_scale) ? font_scale : 1, 0.5, 3.0);
  const double width = std::max(window_width, 1) / layout.font_scale;
  const double height = std::max(window_height, 1) / layout.font_scale;

  const double bar = std::min(kBar / height, 0.1);
  const double top = bar, bottom = 1 - bar;
  const double content = height * (bottom - top);
  // As many columns as leave the views room, and as many parts in each as can be read.
  const int columns = content < 3 * kLeastPanel             ? 0
                      : width >= 2 * kColumn + kLeastCentre ? 2
                      : width >= kColumn + kLeastCentre     ? 1
                                                            : 0;
  const bool tall = content * 0.18 >= kLeastPanel;
  const double column = std::min(std::clamp(0.21 * width, kColumn, kWidestColumn) / width,
                                 columns == 1 ? 0.55 : 0.36);
  const double x = columns > 0 ? column : 0, centre = 1 - columns * column;
  const double time = std::min((centre * width < kTimeWidth ? kHighTime : kTime) / height, 0.22);

  auto& panels = layout.panels;
  panels.push_back({"menu", "Menu", true, {0, 0, 1, bar}});
  const double views = bottom - top - time;
  // The 3D scene stands beside the slice or above it, whichever shows both larger.
  const bool wide = centre * width > views * height - kViewBars;
  const Rectangle scene =
      wide ? Rectangle{x, top, centre / 2, views} : Rectangle{x, top, centre, views / 2};
  const Rectangle slice = wide ? Rectangle{x + centre / 2, top, centre / 2, views}
                               : Rectangle{x, top + views / 2, centre, views / 2};
  panels.push_back({"scene", "Scene", true, scene});
  panels.push_back({"slice", "Slice", true, slice});
  panels.push_back({"time", "Time", true, {x, bottom - time, centre, time}});
  const Column left = tall
                          ? Column{{0.22, {"slices"}}, {0.345, {"intensity"}}, {0.435, {"overlay"}}}
                          : Column{{0.36, {"slices"}}, {0.64, {"intensity", "overlay"}}};
  const Column right =
      tall ? Column{{0.36, {"parameters"}}, {0.29, {"connections"}}, {0.35, {"health"}}}
           : Column{{0.5, {"parameters"}}, {0.5, {"health", "connections"}}};
  const Column only{{0.36, {"slices"}},
                    {0.64, {"intensity", "overlay", "parameters", "connections", "health"}}};
  const Rectangle first{0, top, column, bottom - top};
  add_column(panels, columns == 1 ? only : left, first, columns > 0);
  if (columns != 1) add_column(panels, right, {1 - column, top, column, bottom - top}, columns > 1);
  panels.push_back({"status", "Status", true, {0, bottom, 1, bar}});
  return layout;
}

void fit(Layout& layout) {
  constexpr double kLeast = 0.02;
  layout.font_scale =
      std::isfinite(layout.font_scale) ? std::clamp(layout.font_scale, 0.5, 3.0) : 1;
  for (PanelPlace& panel : layout.panels) {
    Rectangle& r = panel.place;
    for (double* number : {&r.x, &r.y, &r.width, &r.height})
      if (!std::isfinite(*number)) *number = 0;
    r.width = std::clamp(r.width, kLeast, 1.0);
    r.height = std::clamp(r.height, kLeast, 1.0);
    r.x = std::clamp(r.x, 0.0, 1 - r.width);
    r.y = std::clamp(r.y, 0.0, 1 - r.height);
  }
}

void open_panel(Layout& layout, std::string_view id) {
  constexpr double kSame = 1e-3;
  PanelPlace* panel = layout.find(id);
  if (panel == nullptr) return;
  const Rectangle& a = panel->place;
  for (PanelPlace& other : layout.panels) {
    const Rectangle& b = other.place;
    const double apart = std::max({std::abs(a.x - b.x), std::abs(a.y - b.y),
                                   std::abs(a.width - b.width), std::abs(a.height - b.height)});
    if (apart < kSame) other.visible = false;
  }
  panel->visible = true;
}

std::vector<std::string> layout_faults(const Layout& layout) {
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < layout.panels.size(); ++i) {
    const PanelPlace& a = layout.panels[i];
    if (!a.visible) continue;
    if (!inside_window(a.place)) faults.push_back(a.id + " leaves the window");
    for (std::size_t j = i + 1; j < layout.panels.size(); ++j) {
      const PanelPlace& b = layout.panels[j];
      if (b.visible && overlap(a.place, b.place)) faults.push_back(a.id + " overlaps " + b.id);
    }
  }
  return faults;
}

LayoutBook::LayoutBook(int window_width, int window_height, double font_scale)
    : default_(default_layout(window_width, window_height, font_scale)), current_(default_) {}

void LayoutBook::set_window(int width, int height, double font_scale) {
  const bool untouched = current_ == default_;
  default_ = default_layout(width, height, font_scale);
  if (untouched) current_ = default_;
}

std::vector<std::string> LayoutBook::names() const {
  std::vector<std::string> names{"default"};
  for (const auto& [name, layout] : named_) names.push_back(name);
  return names;
}

Result<void> LayoutBook::save_as(const std::string& name) {
  constexpr std::size_t kMost = 32;
  if (name == "default")
    return Error{Errc::permission_denied,
                 "the layout 'default' stays as it is; choose another name"};
  if (!printable(name))
    return Error{Errc::invalid_argument, "give the layout a name of 1 to 64 printable characters"};
  if (named_.size() == kMost && !named_.contains(name))
    return Error{Errc::resource_exhausted, "there are 32 layouts already; delete one first"};
  named_[name] = current_;
  edits_[name] = ++edit_;
  current_name_ = name;
  return {};
}

Result<void> LayoutBook::use(const std::string& name) {
  if (name == "default") {
    current_ = default_;
  } else {
    const auto found = named_.find(name);
    if (found == named_.end())
      return Error{Errc::not_found, "there is no layout '" + name + "'; save one under this name"};
    current_ = found->second;
  }
  current_name_ = name;
  return {};
}

Result<void> LayoutBook::forget(const std::string& name) {
  if (named_.erase(name) == 0)
    return Error{Errc::not_found, "there is no layout '" + name + "' that could be deleted"};
  edits_[name] = ++edit_;
  if (current_name_ == name) current_name_.clear();
  return {};
}

void LayoutBook::merge(const std::map<std::string, Layout>& others) {
  std::erase_if(named_, [&](const auto& it) {
    return !edits_.contains(it.first) && !others.contains(it.first);
  });
  for (const auto& [name, layout] : others)
    if (!edits_.contains(name)) named_[name] = layout;
  if (current_name_ != "default" && !named_.contains(current_name_)) current_name_.clear();
}

void LayoutBook::adopt(const LayoutBook& saved) {
  // What was written is no edit any more; what was edited since then is.
  std::erase_if(edits_, [&](const auto& it) { return it.second <= saved.edit_; });
  merge(saved.named_);
}

}  // namespace slicecast::viewer
