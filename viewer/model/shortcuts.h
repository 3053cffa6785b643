// The one table of keyboard shortcuts: what `?` lists, what a TOML file rebinds, and what a key
// press is looked up in. UI thread.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/model/chord.h"

namespace slicecast::viewer {

struct Action {
  std::string_view id;     // "contrast_once"
  std::string_view chord;  // default; several separated by a blank; empty: none
  std::string_view text;   // one line
  std::string_view group;  // "Slice", "Time", "View", ...
  bool step = false;       // happens again and again while the key is held
};

// Actions whose step size depends on the modifiers (arrow keys: Shift x 10, Ctrl x 0.1) stand once
// per size.
std::span<const Action> actions();
const Action* find_action(std::string_view id);
// Drags and wheel, which cannot be rebound but are listed beside the keys.
struct MouseGesture {
  std::string_view gesture, text;
};
std::span<const MouseGesture> mouse_gestures();

// A key as the window delivers it.
struct KeyPress {
  Chord chord;
  bool typing = false;    // a field of text or numbers has the keyboard
  bool repeated = false;  // by holding it down
};

class Shortcuts {
 public:
  Shortcuts();  // the defaults

  // `[keys]` with action = "chord" or action = ["chord", ...]; "" unbinds. Unknown actions (with
  // the nearest), unknown keys and chords that two actions would share are refused, and then
  // nothing changes. A file that is not there is `not_found`.
  Result<void> load(const std::filesystem::path& path);
  Result<void> load_text(std::string_view toml, const std::string& name);
  // A file with every action, its text as comment: something to edit.
  std::string to_toml() const;

  std::optional<std::string_view> action_of(const Chord& chord) const;  // its id
  // What this press is to do. While somebody types, only function keys and `quit` with Ctrl do
  // anything: the others, Ctrl+Z and Ctrl+Left among them, belong to the field. Repeats do steps
  // alone.
  std::optional<std::string_view> action_of_press(const KeyPress& press) const;
  std::vector<Chord> chords_of(std::string_view action) const;
  std::string text_of(
      std::string_view action) const;  // "Ctrl+Z", several joined by " or "; for menus

 private:
  std::map<std::string, std::vector<Chord>, std::less<>> bound_;  // by action
  std::map<Chord, std::string> by_chord_;
};

}  // namespace slicecast::viewer
