#include "viewer/model/chord.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "common/config/option.h"

namespace slicecast::viewer {
namespace {

struct KeyName {
  int key;
  std::string_view name;
};

// The first name of a key is the one that is written.
constexpr std::array<KeyName, 46> kNames{{
    {' ', "Space"},    {'+', "Plus"},  {'-', "Minus"},     {',', "Comma"},  {'.', "Period"},
    {'/', "Slash"},    {'=', "Equal"}, {'[', "["},         {']', "]"},      {';', ";"},
    {'\'', "'"},       {'`', "`"},     {'\\', "\\"},       {'?', "?"},      {256, "Escape"},
    {257, "Enter"},    {258, "Tab"},   {259, "Backspace"}, {260, "Insert"}, {261, "Delete"},
    {262, "Right"},    {263, "Left"},  {264, "Down"},      {265, "Up"},     {266, "PageUp"},
    {267, "PageDown"}, {268, "Home"},  {269, "End"},       {284, "Pause"},  {283, "Print"},
    {290, "F1"},       {291, "F2"},    {292, "F3"},        {293, "F4"},     {294, "F5"},
    {295, "F6"},       {296, "F7"},    {297, "F8"},        {298, "F9"},     {299, "F10"},
    {300, "F11"},      {301, "F12"},   {256, "Esc"},       {257, "Return"}, {261, "Del"},
    {268, "Pos1"},
}};

constexpr int kFirstFunctionKey = 290, kLastFunctionKey = 301;

std::string lower(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return folded;
}

int key_of(const std::string& folded) {
  if (folded.size() == 1) {
    const auto c = static_cast<unsigned char>(folded[0]);
    if (std::isalnum(c)) return std::toupper(c);
  }
  for (const KeyName& known : kNames)
    if (lower(known.name) == folded) return known.key;
  return 0;
}

Error unknown_key(std::string_view part) {
  std::vector<std::string> names;
  for (const KeyName& known : kNames) names.emplace_back(known.name);
  for (const char* modifier : {"Ctrl", "Shift", "Alt"}) names.emplace_back(modifier);
  const std::string near = config::suggestion(part, names);
  return {Errc::invalid_argument, "'" + std::string(part) + "' is no key" +
                                      (near.empty() ? "; use names as in Ctrl+Z, F12, Space"
                                                    : "; did you mean " + near + "?")};
}

}  // namespace

bool is_function_key(int key) {
  return key >= kFirstFunctionKey && key <= kLastFunctionKey;
}

Result<Chord> parse_chord(std::string_view text) {
  Chord chord;
  std::string_view rest = text;
  while (!rest.empty()) {
    // "+" may be the key itself, at the end: "Ctrl++".
    const std::size_t plus = rest.find('+', 1);
    std::string_view part = rest.substr(0, plus);
    rest = plus == std::string_view::npos ? std::string_view() : rest.substr(plus + 1);
    if (chord.key != 0)
      return Error{Errc::invalid_argument,
                   "'" + std::string(text) + "' has two keys; modifiers come first, then one key"};
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    const std::string name = lower(part);
    if (name == "ctrl" || name == "control") {
      chord.ctrl = true;
    } else if (name == "shift") {
      chord.shift = true;
    } else if (name == "alt" || name == "option") {
      chord.alt = true;
    } else {
      chord.key = name == "+" ? '+' : key_of(name);
      if (chord.key == 0) return unknown_key(part);
    }
  }
  if (chord.key == 0)
    return Error{Errc::invalid_argument,
                 "'" + std::string(text) + "' names no key; write for example Shift+C"};
  return chord;
}

std::string to_text(const Chord& chord) {
  if (chord.key == 0) return {};
  std::string text;
  if (chord.ctrl) text += "Ctrl+";
  if (chord.alt) text += "Alt+";
  if (chord.shift) text += "Shift+";
  const auto* known = std::ranges::find(kNames, chord.key, &KeyName::key);
  if (known != kNames.end()) return text + std::string(known->name);
  if (chord.key < 256) return text + static_cast<char>(chord.key);
  return text + "Key" + std::to_string(chord.key);
}

}  // namespace slicecast::viewer
