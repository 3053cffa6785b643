#include <set>

#include "tests/unit/viewer_model/images.h"
#include "viewer/model/layout.h"
#include "viewer/model/shortcuts.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;
using Catch::Matchers::Contains;

TEST_CASE("chords that name no key are refused with the nearest one") {
  for (const char* text : {"", "Ctrl+", "Shift", "Ctrl+Z+X", "F13", "Ctrl+Spce", "Hyper+A"}) {
    INFO(text);
    CHECK_FALSE(parse_chord(text));
  }
  CHECK_THAT(parse_chord("Ctrl+Spce").error().message, Contains("Space"));
}

TEST_CASE("key files with unknown actions, unknown keys or shared chords change nothing") {
  Shortcuts keys;
  const auto refused = [&](const char* toml, const char* told) {
    const auto loaded = keys.load_text(toml, "keys.toml");
    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Contains("keys.toml") && Contains(told));
    CHECK(keys.text_of("undo") == "Ctrl+Z");
  };
  refused("[keys]\nundo = \"U\"\nfreze = \"Space\"\n", "did you mean 'freeze'");
  refused("[keys]\nundo = \"Ctrl+Shft+U\"\n", "Shift");
  refused("[keys]\nundo = \"Space\"\n", "Space would mean both");
  refused("[keys]\nundo = 3\n", "undo");
  refused("[keys]\nundo = [\"U\", 3]\n", "undo");
  refused("[keys\n", "line 1");
  refused("undo = \"U\"\n", "[keys]");
  CHECK(keys.load("/nonexistent/keys.toml").error().code == Errc::not_found);
}

TEST_CASE("chords are read in any order and case and written one way") {
  const auto chord = parse_chord("shift + CONTROL+z");
  REQUIRE(chord);
  CHECK(chord->ctrl);
  CHECK(chord->shift);
  CHECK(chord->key == 'Z');
  CHECK(to_text(*chord) == "Ctrl+Shift+Z");
  for (const char* text : {"F12", "?", "Ctrl+Plus", "Alt+Shift+PageUp", "End", "Space", "1"})
    CHECK(to_text(*parse_chord(text)) == text);
  CHECK(parse_chord("Ctrl++")->key == '+');
}

TEST_CASE("the table of shortcuts has each action and each chord once") {
  std::set<std::string_view> ids, texts;
  std::size_t chords = 0;
  const Shortcuts keys;
  for (const Action& action : actions()) {
    INFO(action.id);
    CHECK(ids.insert(action.id).second);
    CHECK(texts.insert(action.text).second);
    CHECK_FALSE(action.group.empty());
    const auto bound = keys.chords_of(action.id);
    std::size_t written = action.chord.empty() ? 0 : 1;
    for (const char c : action.chord) written += c == ' ' ? 1 : 0;
    CHECK(bound.size() == written);  // none is misspelt
    for (const Chord& chord : bound) CHECK(keys.action_of(chord) == action.id);
    chords += bound.size();
  }
  CHECK(chords > 50);
  CHECK(keys.action_of(*parse_chord("?")) == "help");
  CHECK(keys.action_of(*parse_chord("F12")) == "screenshot");
  CHECK(keys.action_of(*parse_chord("Shift+C")) == "contrast_follow");
  CHECK_FALSE(keys.action_of(*parse_chord("Ctrl+Alt+Shift+F7")));
}

TEST_CASE("while somebody types, only function keys and leaving with Ctrl do anything") {
  Shortcuts keys;
  const auto does = [&](const char* chord) {
    return keys.action_of_press({.chord = *parse_chord(chord), .typing = true});
  };
  for (const Action& action : actions())
    for (const Chord& chord : keys.chords_of(action.id)) {
      INFO(to_text(chord));
      const bool passes = is_function_key(chord.key) || action.id == "quit";
      CHECK(does(to_text(chord).c_str()).has_value() == passes);
      CHECK(keys.action_of_press(KeyPress{chord}) == action.id);
    }
  CHECK(does("F12") == "screenshot");
  CHECK(does("Ctrl+Q") == "quit");
  REQUIRE(keys.load_text("[keys]\nquit = \"Q\"\n", "keys.toml"));
  CHECK_FALSE(does("Q"));
}

TEST_CASE("a key that is held repeats steps and nothing else") {
  const Shortcuts keys;
  const auto repeats = [&](const char* chord) {
    return keys.action_of_press({.chord = *parse_chord(chord), .repeated = true}).has_value();
  };
  for (const char* step : {"Up", "Shift+Down", "Left", "Ctrl+Right", "Alt+Up", "Comma", "Period",
                           "Tab", "Ctrl+Plus", "Ctrl+Minus"}) {
    INFO(step);
    CHECK(repeats(step));
  }
  for (const char* once : {"Delete", "N", "Ctrl+D", "Space", "Ctrl+R", "F12", "P", "Ctrl+Z",
                           "Ctrl+Q", "X", "A", "Ctrl+E"}) {
    INFO(once);
    CHECK_FALSE(repeats(once));
  }
}

TEST_CASE("keys are rebound from a file, and the written file gives the same keys again") {
  TemporaryFolder folder;
  Shortcuts keys;
  write_text(folder / "keys.toml",
             "[keys]\nfreeze = [\"Pause\", \"Ctrl+F\"]\ncontrast_once = \"\"\nundo = \"C\"\n");
  const auto loaded = keys.load(folder / "keys.toml");
  INFO((loaded ? "" : loaded.error().message));
  REQUIRE(loaded);
  CHECK(keys.text_of("freeze") == "Pause or Ctrl+F");
  CHECK(keys.action_of(*parse_chord("C")) == "undo");
  CHECK_FALSE(keys.action_of(*parse_chord("Space")));
  Shortcuts again;
  REQUIRE(again.load_text(keys.to_toml(), "written"));
  for (const Action& action : actions())
    CHECK(again.chords_of(action.id) == keys.chords_of(action.id));
}

TEST_CASE("a damaged layout file gives the default and one line, and is left alone") {
  TemporaryFolder folder;
  LayoutBook book(1280, 800);
  const Layout start = book.current();
  for (const char* text : {"", "[current", "current = 3\n", "[current]\npanels = 1\n"}) {
    INFO(text);
    write_text(folder / "layout.toml", text);
    book.current().find("health")->visible = false;
    const std::string told = book.restore(folder / "layout.toml");
    CHECK_THAT(told, Contains("layout.toml") && Contains("default"));
    CHECK(told.find('\n') == std::string::npos);
    CHECK(book.current() == start);
    CHECK(text_of(folder / "layout.toml") == text);
  }
  CHECK(book.restore(folder / "none.toml").empty());
  CHECK_FALSE(book.save_as("default"));
  CHECK_FALSE(book.save_as(""));
  CHECK_FALSE(book.save_as("a\nb"));
  CHECK_FALSE(book.use("never saved"));
  CHECK_FALSE(book.forget("never saved"));
  CHECK_FALSE(book.save(folder / "none/layout.toml"));
}

TEST_CASE("where not all panels have room some share a place and make room for each other") {
  Layout layout = default_layout(1280, 800, 1.5);
  for (const char* id : {"slices", "intensity", "parameters", "health"})
    CHECK(layout.find(id)->visible);
  CHECK_FALSE(layout.find("overlay")->visible);
  open_panel(layout, "overlay");
  CHECK(layout.find("overlay")->visible);
  CHECK_FALSE(layout.find("intensity")->visible);
  CHECK(layout.find("slices")->visible);
  CHECK(layout_faults(layout).empty());
  const Layout before = layout;
  open_panel(layout, "no such panel");
  CHECK(layout == before);

  // One column beside the views, or none.
  layout = default_layout(1280, 800, 2);
  CHECK(layout.find("intensity")->visible);
  CHECK_FALSE(layout.find("health")->visible);
  open_panel(layout, "health");
  CHECK(layout.find("health")->visible);
  CHECK_FALSE(layout.find("intensity")->visible);
  CHECK(layout_faults(layout).empty());
  CHECK_FALSE(default_layout(400, 300).find("slices")->visible);
}

TEST_CASE("panels neither overlap nor leave the window at any size") {
  for (const double font : {0.5, 1.0, 1.5, 2.0, 3.0})
    for (const auto& [width, height] : std::vector<std::pair<int, int>>{{1280, 800},
                                                                        {2560, 1440},
                                                                        {1920, 1080},
                                                                        {3840, 2160},
                                                                        {800, 600},
                                                                        {320, 240},
                                                                        {1, 1}}) {
      INFO(width << " x " << height << " font " << font);
      CHECK(layout_faults(default_layout(width, height, font)).empty());
    }
  const Layout usual = default_layout(1280, 800), large = default_layout(2560, 1440, 2);
  for (const PanelPlace& panel : usual.panels) {
    INFO(panel.id);
    CHECK(panel.visible);
    if (panel.id == "menu" || panel.id == "status") continue;
    CHECK(panel.place.width * 1280 >= 288 - 1e-6);
    CHECK(panel.place.height * 800 >= 60);
    CHECK(large.find(panel.id)->visible);
  }
  // Beside each other both views are larger here; in a narrow or high window one is above the
  // other.
  CHECK(usual.find("slice")->place.x > usual.find("scene")->place.x);
  const Layout high = default_layout(1000, 1200);
  CHECK(high.find("slice")->place.y > high.find("scene")->place.y);
  Layout broken = usual;
  broken.find("scene")->place = {0.9, 0, 0.5, 0.5};
  CHECK(layout_faults(broken).size() >= 2);
}

TEST_CASE("a window of another size gets its own default, what was arranged stays") {
  LayoutBook book(1280, 800);
  book.set_window(1000, 1200, 1.5);
  CHECK(book.current() == default_layout(1000, 1200, 1.5));
  book.current().find("slices")->visible = false;
  book.set_window(1280, 800, 1);
  CHECK_FALSE(book.current().find("slices")->visible);
  REQUIRE(book.use("default"));
  CHECK(book.current() == default_layout(1280, 800));
}

TEST_CASE("named layouts, font and theme survive a restart") {
  TemporaryFolder folder;
  LayoutBook book(1280, 800);
  book.current().theme = Theme::light;
  book.current().font_scale = 1.5;
  book.current().find("health")->visible = false;
  REQUIRE(book.save_as("beam line 7: \"night\""));
  book.current().find("slice")->place = {0.3, 0.1, 0.2, 0.4};
  REQUIRE(book.save(folder / "layout.toml"));
  CHECK(folder.files() == 1);
  LayoutBook again(2560, 1440);
  CHECK(again.restore(folder / "layout.toml").empty());
  CHECK(again.current() == book.current());
  CHECK(again.current_name() == "beam line 7: \"night\"");
  REQUIRE(again.names().size() == 2);
  REQUIRE(again.use("beam line 7: \"night\""));
  CHECK(again.current().find("slice")->place.x != 0.3);
  REQUIRE(again.use("default"));
  CHECK(again.current() == default_layout(2560, 1440));
}

TEST_CASE("a layout from elsewhere is moved into the window and keeps its bars") {
  TemporaryFolder folder;
  write_text(
      folder / "layout.toml",
      "[current]\nfont_scale = 99.0\n[current.panels.scene]\nx = 5.0\ny = -3.0\nwidth = 9.0\n"
      "height = nan\n[current.panels.menu]\nvisible = false\n[current.panels.strange]\nx = 1.0\n");
  LayoutBook book(1280, 800);
  CHECK(book.restore(folder / "layout.toml").empty());
  CHECK(book.current().font_scale == 3);
  CHECK(inside_window(book.current().find("scene")->place));
  CHECK(book.current().find("menu")->visible);
  CHECK(book.current().find("strange") == nullptr);
}
