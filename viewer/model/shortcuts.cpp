#include "viewer/model/shortcuts.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <sstream>

#include "common/config/option.h"

namespace slicecast::viewer {
namespace {

// A key held down goes on stepping; anything else it does once.
constexpr bool kStep = true;

constexpr auto kActions = std::to_array<Action>({
    {"slice_add", "N", "Add a slice through the centre", "Slice"},
    {"slice_duplicate", "Ctrl+D", "Duplicate the selected slice", "Slice"},
    {"slice_pin", "P", "Pin or unpin the selected slice", "Slice"},
    {"slice_remove", "Delete", "Remove the selected slice", "Slice"},
    {"slice_rename", "F2", "Rename the selected slice", "Slice"},
    {"slice_next", "Tab", "Select the next slice", "Slice", kStep},
    {"slice_previous", "Shift+Tab", "Select the previous slice", "Slice", kStep},
    {"snap_x", "X", "Turn the slice to look along x", "Slice"},
    {"snap_y", "Y", "Turn the slice to look along y", "Slice"},
    {"snap_z", "Z", "Turn the slice to look along z", "Slice"},
    {"slice_reset", "R", "Put the slice back to the centre", "Slice"},
    {"slice_forward", "Up", "Step the slice one pixel along its normal", "Slice", kStep},
    {"slice_back", "Down", "Step the slice one pixel back", "Slice", kStep},
    {"slice_forward_10", "Shift+Up", "Step the slice ten pixels along its normal", "Slice", kStep},
    {"slice_back_10", "Shift+Down", "Step the slice ten pixels back", "Slice", kStep},
    {"axis_right", "Right", "Rotation axis one pixel to the right", "Axis", kStep},
    {"axis_left", "Left", "Rotation axis one pixel to the left", "Axis", kStep},
    {"axis_right_coarse", "Shift+Right", "Rotation axis ten pixels to the right", "Axis", kStep},
    {"axis_left_coarse", "Shift+Left", "Rotation axis ten pixels to the left", "Axis", kStep},
    {"axis_right_fine", "Ctrl+Right", "Rotation axis a tenth of a pixel to the right", "Axis",
     kStep},
    {"axis_left_fine", "Ctrl+Left", "Rotation axis a tenth of a pixel to the left", "Axis", kStep},
    {"tilt_up", "Alt+Up", "Tilt of the axis up by 0.1 degrees", "Axis", kStep},
    {"tilt_down", "Alt+Down", "Tilt of the axis down by 0.1 degrees", "Axis", kStep},
    {"tilt_up_coarse", "Alt+Shift+Up", "Tilt of the axis up by one degree", "Axis", kStep},
    {"tilt_down_coarse", "Alt+Shift+Down", "Tilt of the axis down by one degree", "Axis", kStep},
    {"tilt_up_fine", "Ctrl+Alt+Up", "Tilt of the axis up by 0.01 degrees", "Axis", kStep},
    {"tilt_down_fine", "Ctrl+Alt+Down", "Tilt of the axis down by 0.01 degrees", "Axis", kStep},
    {"axis_take", "Shift+A", "Take the rotation axis that the server found", "Axis"},
    {"undo", "Ctrl+Z", "Undo the last change of a parameter", "Edit"},
    {"redo", "Ctrl+Y Ctrl+Shift+Z", "Do it again", "Edit"},
    {"copy_csv", "Ctrl+C", "Copy the profile or statistics as CSV", "Edit"},
    {"contrast_once", "C", "Contrast to the middle 99 % of the values, once", "Intensity"},
    {"contrast_follow", "Shift+C", "Contrast follows the values", "Intensity"},
    {"limits_lock", "L", "One pair of limits for all slices", "Intensity"},
    {"map_next", "M", "Next colour map", "Intensity"},
    {"map_reverse", "Shift+M", "Reverse the colour map", "Intensity"},
    {"overlay_toggle", "O", "Overlay on or off", "Overlay"},
    {"overlay_outline", "Shift+O", "Overlay as outlines", "Overlay"},
    {"freeze", "Space", "Freeze the display; the scan goes on", "Time"},
    {"scrub_back", "Comma", "One update back in time", "Time", kStep},
    {"scrub_forward", "Period", "One update forward in time", "Time", kStep},
    {"follow_live", "End", "Follow what arrives", "Time"},
    {"compare_a", "A", "Keep this image as A", "Time"},
    {"compare_b", "B", "Keep this image as B", "Time"},
    {"compare", "Ctrl+B", "Compare A with B", "Time"},
    {"measure_profile", "1", "Draw a line profile", "Measure"},
    {"measure_distance", "2", "Measure a distance", "Measure"},
    {"measure_angle", "3", "Measure an angle", "Measure"},
    {"measure_roi", "4", "Draw a region for statistics", "Measure"},
    {"view_fit", "F", "Show everything", "View"},
    {"view_front", "Ctrl+1", "Look from the front", "View"},
    {"view_side", "Ctrl+2", "Look from the side", "View"},
    {"view_top", "Ctrl+3", "Look from above", "View"},
    {"volume_toggle", "V", "Preview volume on or off", "View"},
    {"iso_toggle", "I", "Iso-surface on or off", "View"},
    {"projection_toggle", "J", "Current projection and beam on or off", "View"},
    {"font_larger", "Ctrl+Plus Ctrl+Equal", "Larger text", "Window", kStep},
    {"font_smaller", "Ctrl+Minus", "Smaller text", "Window", kStep},
    {"theme_toggle", "Ctrl+T", "Dark or light", "Window"},
    {"layout_reset", "Ctrl+0", "Panels as at the start", "Window"},
    {"fullscreen", "F11", "Full screen", "Window"},
    {"help", "? F1", "This list", "Window"},
    {"quit", "Ctrl+Q", "Leave; the scan and the slices of others go on", "Window"},
    {"screenshot", "F12", "Screenshot with a JSON file beside it", "Keep"},
    {"export_slice", "Ctrl+E", "Write the slice as TIFF, PNG or NPY", "Keep"},
    {"export_surface", "Ctrl+Shift+E", "Write the iso-surface as PLY or STL", "Keep"},
    {"record", "Ctrl+R", "Record the session, or stop recording", "Keep"},
});

constexpr auto kGestures = std::to_array<MouseGesture>({
    {"Left drag on a slice", "Move it along its normal"},
    {"Shift + left drag on a slice", "Turn it about its centre"},
    {"Ctrl + left drag on a slice", "Spin it in its plane"},
    {"Left drag beside the slices", "Orbit the view"},
    {"Middle drag", "Move the view"},
    {"Wheel", "Zoom at the cursor"},
});

std::vector<Chord> default_chords(const Action& action) {
  std::vector<Chord> chords;
  std::string_view rest = action.chord;
  while (!rest.empty()) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    if (const auto chord = parse_chord(rest.substr(0, blank))) chords.push_back(*chord);
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return chords;
}

// What stands right of "action =": one chord or a list.
Result<std::vector<Chord>> chords_in(const toml::node& node) {
  std::vector<std::string> texts;
  if (const auto one = node.value<std::string>()) {
    if (!one->empty()) texts.push_back(*one);
  } else if (const toml::array* list = node.as_array()) {
    for (const auto& entry : *list) {
      const auto text = entry.value<std::string>();
      if (!text) return Error{Errc::malformed, "the list holds something that is no text"};
      texts.push_back(*text);
    }
  } else {
    return Error{Errc::malformed, "give a text such as \"Ctrl+Z\" or a list of them"};
  }
  std::vector<Chord> chords;
  for (const std::string& text : texts) {
    const auto chord = parse_chord(text);
    if (!chord) return chord.error();
    chords.push_back(*chord);
  }
  return chords;
}

Result<std::map<Chord, std::string>> inverted(
    const std::map<std::string, std::vector<Chord>, std::less<>>& bound) {
  std::map<Chord, std::string> by_chord;
  for (const auto& [action, chords] : bound)
    for (const Chord& chord : chords) {
      const auto [taken, fresh] = by_chord.emplace(chord, action);
      if (!fresh && taken->second != action)
        return Error{
            Errc::already_exists,
            fmt::format("{} would mean both {} and {}; give one of them another key or \"\"",
                        to_text(chord), taken->second, action)};
    }
  return by_chord;
}

}  // namespace

std::span<const Action> actions() {
  return kActions;
}
std::span<const MouseGesture> mouse_gestures() {
  return kGestures;
}

const Action* find_action(std::string_view id) {
  const auto* found = std::ranges::find(kActions, id, &Action::id);
  return found == kActions.end() ? nullptr : found;
}

Shortcuts::Shortcuts() {
  for (const Action& action : kActions) bound_[std::string(action.id)] = default_chords(action);
  // A test sees to it that the defaults have no chord twice.
  if (auto by_chord = inverted(bound_)) by_chord_ = *std::move(by_chord);
}

Result<void> Shortcuts::load(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return Error{Errc::not_found, path.string() + " is not there; the default keys are used"};
  try {
    const toml::table root = toml::parse_file(path.string());
    std::ostringstream text;
    text << root;
    return load_text(text.str(), path.string());
  } catch (const toml::parse_error& error) {
    return Error{Errc::malformed,
                 fmt::format("{}: line {}: {}; the keys stay as they are", path.string(),
                             error.source().begin.line, error.description())};
  }
}

Result<void> Shortcuts::load_text(std::string_view text, const std::string& name) {
  toml::table root;
  try {
    root = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return Error{Errc::malformed, fmt::format("{}: line {}: {}; the keys stay as they are", name,
                                              error.source().begin.line, error.description())};
  }
  const toml::table* keys = root["keys"].as_table();
  if (keys == nullptr)
    return Error{Errc::malformed, name + ": has no table [keys]; write the keys below it"};
  auto bound = bound_;
  for (const auto& [key, node] : *keys) {
    const std::string action(key.str());
    if (find_action(action) == nullptr) {
      std::vector<std::string> known;
      for (const Action& a : kActions) known.emplace_back(a.id);
      const std::string near = config::suggestion(action, known);
      return Error{Errc::not_found, fmt::format("{}: there is no action '{}'{}", name, action,
                                                near.empty() ? "; press ? for the list"
                                                             : "; did you mean '" + near + "'?")};
    }
    auto chords = chords_in(node);
    if (!chords)
      return Error{chords.error().code,
                   fmt::format("{}: {}: {}", name, action, chords.error().message)};
    bound[action] = *std::move(chords);
  }
  auto by_chord = inverted(bound);
  if (!by_chord) return Error{by_chord.error().code, name + ": " + by_chord.error().message};
  bound_ = std::move(bound);
  by_chord_ = *std::move(by_chord);
  return {};
}

std::string Shortcuts::to_toml() const {
  std::string text = "[keys]\n";
  std::string_view group;
  for (const Action& action : kActions) {
    if (action.group != group) text += fmt::format("\n# {}\n", group = action.group);
    toml::array listed;
    for (const Chord& chord : chords_of(action.id)) listed.push_back(viewer::to_text(chord));
    std::ostringstream value;
    value << listed;
    text += fmt::format("{} = {}  # {}\n", action.id, value.str(), action.text);
  }
  return text;
}

std::optional<std::string_view> Shortcuts::action_of(const Chord& chord) const {
  const auto found = by_chord_.find(chord);
  if (found == by_chord_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> Shortcuts::action_of_press(const KeyPress& press) const {
  const auto action = action_of(press.chord);
  if (!action) return std::nullopt;
  const bool leaves = action == "quit" && press.chord.ctrl;  // a bare letter is typed
  if (press.typing && !leaves && !is_function_key(press.chord.key)) return std::nullopt;
  const Action* known = find_action(*action);
  return press.repeated && (known == nullptr || !known->step) ? std::nullopt : action;
}

std::vector<Chord> Shortcuts::chords_of(std::string_view action) const {
  const auto found = bound_.find(action);
  return found == bound_.end() ? std::vector<Chord>{} : found->second;
}

std::string Shortcuts::text_of(std::string_view action) const {
  std::string text;
  for (const Chord& chord : chords_of(action))
    text += (text.empty() ? "" : " or ") + viewer::to_text(chord);
  return text;
}

}  // namespace slicecast::viewer
