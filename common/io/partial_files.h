// Files that are being written under a temporary name, and what becomes of them when a signal ends
// the program: without this an interrupted write leaves gigabytes that nobody sees.
#pragma once

#include <filesystem>

namespace slicecast::io {

// For programs that have no stop signal of their own: from now on SIGINT, SIGTERM and SIGHUP remove
// the partial files and then end the program as they do by default. Ignored signals stay ignored.
// Call once, before other threads.
void remove_partial_files_on_signals();

// A place in the list of partial files, or -1 when the list (16) is full or the path is too long:
// such a file stays behind. Any thread.
int remember_partial_file(const std::filesystem::path& file);
void forget_partial_file(int place);

}  // namespace slicecast::io
