// What a program says when it cannot go on: one line that names the remedy, and an exit code, where
// the language says "terminate called" and dumps core.
#pragma once

#include <string>

namespace slicecast {

// From now on an exception that nobody caught, on any thread, ends this program with one line on
// stderr that begins with `program`. Exit code 1 when memory, threads or files have run out, so
// that a supervisor starts it again; any other exception is a defect, and aborts.
void end_in_plain_words(const std::string& program);

}  // namespace slicecast
