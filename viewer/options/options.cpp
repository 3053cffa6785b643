#include "viewer/options/options.h"

#include <cstdio>

namespace slicecast::viewer {

using config::Option;
using config::Type;

std::span<const Option> options() {
  static const std::vector<Option> all = {
      {.name = "name",
       .default_value = std::string("viewer"),
       .doc = "How others see who moved a slice; a number is added that tells several apart"},
      {.name = "observe",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Only look: the servers refuse every change from this viewer"},
      {.name = "size",
       .default_value = std::string("1280x800"),
       .doc = "Width and height of the window at the start"},
      {.name = "layout",
       .default_value = std::string(),
       .doc = "Saved layout to start with; empty: as it was left"},
      {.name = "theme",
       .type = Type::choice,
       .default_value = std::string("saved"),
       .doc = "Colours of the panels; saved: as they were left",
       .choices = {"saved", "dark", "light"}},
      {.name = "font_scale",
       .type = Type::real,
       .default_value = 0.0,
       .doc = "Size of the text, times the scale of the display; 0: as it was left",
       .minimum = 0,
       .maximum = 3},
      {.name = "keys",
       .default_value = std::string(),
       .doc =
           "TOML file that rebinds shortcuts; empty: viewer-keys.toml of the settings directory"},
      {.name = "settings_directory",
       .default_value = std::string(),
       .doc = "Where layouts, addresses and key bindings are kept; empty: "
              "$XDG_CONFIG_HOME/slicecast, else ~/.config/slicecast, and nowhere with a script"},
      {.name = "remember",
       .type = Type::boolean,
       .default_value = true,
       .doc = "Keep layouts and addresses at the end, for the next time"},
      {.name = "script",
       .default_value = std::string(),
       .doc = "Do what this file says, then leave; exit code 3 and the line where it fails"},
      {.name = "screenshot_dir",
       .default_value = std::string("."),
       .doc = "Where screenshots and exports go"},
      {.name = "report",
       .default_value = std::string(),
       .doc = "Write frame times and drag latencies to this JSON file at the end"},
  };
  return all;
}

Result<WindowSize> parse_size(const std::string& text) {
  WindowSize size;
  char end = 0;
  const int read = std::sscanf(text.c_str(), "%dx%d%c", &size.width, &size.height, &end);
  if (read != 2 || size.width < 320 || size.height < 240 || size.width > 16384 ||
      size.height > 16384)
    return Error{
        Errc::invalid_argument,
        "--size: '" + text + "' is no window size; write it as 1280x800, at least 320x240"};
  return size;
}

}  // namespace slicecast::viewer
