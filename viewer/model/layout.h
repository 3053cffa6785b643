// Panels of the window: where they are, named layouts, font scale and theme; saved as TOML.
// Rectangles are fractions of the window (0 to 1, origin top left), so that they hold for any size.
// UI thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace slicecast::viewer {

struct Rectangle {
  double x = 0, y = 0, width = 0, height = 0;
  friend bool operator==(const Rectangle&, const Rectangle&) = default;
};
bool overlap(const Rectangle& a, const Rectangle& b);  // by more than 1e-6
bool inside_window(const Rectangle& r);

struct PanelPlace {
  std::string id;  // "scene", "slice", "slices", "intensity", "overlay", "parameters", "health",
                   // "connections", "time"; "menu" and "status" are bars that never close
  std::string title;
  bool visible = true;
  Rectangle place;
  friend bool operator==(const PanelPlace&, const PanelPlace&) = default;
};

enum class Theme : std::uint8_t { dark, light };

struct Layout {
  std::vector<PanelPlace> panels;
  double font_scale = 1;  // 0.5 to 3, times the scale of the display
  Theme theme = Theme::dark;
  const PanelPlace* find(std::string_view id) const;
  PanelPlace* find(std::string_view id);
  friend bool operator==(const Layout&, const Layout&) = default;
};

// A start that neither overlaps nor leaves the window. When there is no room for all panels at this
// size (in pixels divided by font_scale), some share a place and all but one of them start hidden.
Layout default_layout(int window_width, int window_height, double font_scale = 1);
// What a saved layout needs for this window: rectangles moved and shrunk until they are inside.
void fit(Layout& layout);
// Opens a panel; those that share its very place make room. Unknown ones are ignored.
void open_panel(Layout& layout, std::string_view id);
// Pairs of visible panels that overlap, and panels outside: empty is good.
std::vector<std::string> layout_faults(const Layout& layout);

class LayoutBook {
 public:
  LayoutBook(int window_width, int window_height, double font_scale = 1);
  // The window has turned out to be of another size; the default layout is made for it.
  void set_window(int width, int height, double font_scale);

  Layout& current() { return current_; }
  const Layout& current() const { return current_; }
  const std::string& current_name() const { return current_name_; }  // "" : never named
  std::vector<std::string> names() const;
  // Names: 1 to 64 printable characters. "default" cannot be overwritten.
  Result<void> save_as(const std::string& name);
  Result<void> use(const std::string& name);  // "default" is always there
  Result<void> forget(const std::string& name);

  // Everything, atomically. Names that another viewer wrote there or deleted meanwhile are taken
  // over, unless they were saved or deleted here since they were read.
  Result<void> save(const std::filesystem::path& path);
  // A copy of this book was saved by another thread: takes over what it found there.
  void adopt(const LayoutBook& saved);
  // Empty: read, or there is no file yet. Else one line for the user: the file is damaged, the
  // default is used, and the file is left alone until the next save.
  std::string restore(const std::filesystem::path& path);

 private:
  Layout default_;
  Layout current_;
  std::string current_name_;
  void merge(const std::map<std::string, Layout>& others);

  std::map<std::string, Layout> named_;
  std::map<std::string, std::uint64_t> edits_;  // names saved or deleted here and not yet written
  std::uint64_t edit_ = 0;
};

}  // namespace slicecast::viewer
