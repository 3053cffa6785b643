// A key with its modifiers, as people write it: "Shift+C", "F12", "Ctrl+Z", "?". Plain values.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace slicecast::viewer {

// Codes are those of GLFW: printable keys are their upper-case ASCII code, the others from 256 on;
// this header needs no GLFW. "?" is the character itself, wherever a keyboard has it: deliver it
// from the character callback as {'?'} without modifiers.
struct Chord {
  int key = 0;  // 0: none
  bool ctrl = false, shift = false, alt = false;
  friend bool operator==(const Chord&, const Chord&) = default;
  friend auto operator<=>(const Chord&, const Chord&) = default;
};

bool is_function_key(int key);  // F1 to F12

// Names do not care for case; modifiers come in any order, "Control" and "Option" are understood.
// The message names the part that is not known, with the nearest key.
Result<Chord> parse_chord(std::string_view text);
std::string to_text(const Chord& chord);  // canonical: Ctrl+Alt+Shift+Key; "" for none

}  // namespace slicecast::viewer
