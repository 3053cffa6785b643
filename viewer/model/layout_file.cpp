// LayoutBook as a TOML file: [current], and [layouts.NAME] for each named one.
#include <fmt/format.h>

#include <toml++/toml.h>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "common/io/atomic_file.h"
#include "viewer/model/layout.h"

namespace slicecast::viewer {
namespace {

toml::table table_of(const Layout& layout) {
  toml::table panels;
  for (const PanelPlace& panel : layout.panels)
    panels.insert(panel.id, toml::table{{"visible", panel.visible},
                                        {"x", panel.place.x},
                                        {"y", panel.place.y},
                                        {"width", panel.place.width},
                                        {"height", panel.place.height}});
  return toml::table{{"font_scale", layout.font_scale},
                     {"theme", layout.theme == Theme::dark ? "dark" : "light"},
                     {"panels", std::move(panels)}};
}

// Panels that the file does not know (of a newer viewer) stay as in `start`, and panels that this
// viewer does not know are left out.
Layout layout_of(const toml::table& table, const Layout& start) {
  Layout layout = start;
  layout.font_scale = table["font_scale"].value_or(start.font_scale);
  if (const auto theme = table["theme"].value<std::string>())
    layout.theme = *theme == "light" ? Theme::light : Theme::dark;
  for (PanelPlace& panel : layout.panels) {
    const auto saved = table["panels"][panel.id];
    if (!saved.is_table()) continue;
    panel.visible = saved["visible"].value_or(panel.visible);
    panel.place = {saved["x"].value_or(panel.place.x), saved["y"].value_or(panel.place.y),
                   saved["width"].value_or(panel.place.width),
                   saved["height"].value_or(panel.place.height)};
    // The bars cannot be lost.
    if (panel.id == "menu" || panel.id == "status") panel.visible = true;
  }
  fit(layout);
  return layout;
}

std::map<std::string, Layout> named_in(const toml::table& root, const Layout& start) {
  std::map<std::string, Layout> layouts;
  if (const toml::table* named = root["layouts"].as_table())
    for (const auto& [name, node] : *named)
      if (const toml::table* table = node.as_table())
        layouts[std::string(name.str())] = layout_of(*table, start);
  return layouts;
}

std::optional<toml::table> toml_of(const std::filesystem::path& path) {
  try {
    return toml::parse_file(path.string());
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

}  // namespace

Result<void> LayoutBook::save(const std::filesystem::path& path) {
  // A file that cannot be read holds nothing worth keeping; restore() has said so.
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    if (const auto root = toml_of(path)) merge(named_in(*root, default_));
  toml::table named;
  for (const auto& [name, layout] : named_) named.insert(name, table_of(layout));
  toml::table current = table_of(current_);
  current.insert("name", current_name_);
  std::ostringstream text;
  text << toml::table{{"current", std::move(current)}, {"layouts", std::move(named)}} << '\n';
  const std::string written = text.str();
  if (auto done = io::write_whole_file(path, std::as_bytes(std::span(written))); !done) return done;
  edits_.clear();
  return {};
}

std::string LayoutBook::restore(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  const auto damaged = [&](const std::string& what) {
    current_ = default_;
    current_name_.clear();
    named_.clear();
    return fmt::format("{}: {}; the default layout is used", path.string(), what);
  };
  try {
    const toml::table root = toml::parse_file(path.string());
    const toml::table* current = root["current"].as_table();
    if (current == nullptr || !(*current)["panels"].is_table()) return damaged("holds no layout");
    named_ = named_in(root, default_);
    edits_.clear();
    current_ = layout_of(*current, default_);
    current_name_ = (*current)["name"].value_or(std::string());
    return {};
  } catch (const toml::parse_error& error) {
    return damaged(fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
}

}  // namespace slicecast::viewer
