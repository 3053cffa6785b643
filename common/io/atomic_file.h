// Files that appear whole or not at all: everything goes to a temporary name in the same folder and
// is renamed at the end, so that nobody reads half a file and a full disk leaves the old one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "common/base/error.h"

namespace slicecast::io {

// Reserves a temporary name beside `target`, or beside the file that a link of this name leads to.
// A target that is there must be a regular file. Unless `commit` succeeded the temporary file is
// removed when this object goes, and by remove_partial_files_on_signals().
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::filesystem::path& target);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& temporary() const { return temporary_; }
  // The writer must have closed the temporary file. Flushes it to disk, then renames.
  Result<void> commit();

 private:
  AtomicFile(std::filesystem::path target, std::filesystem::path temporary);
  std::filesystem::path target_, temporary_;  // temporary_ empty: nothing left to do
  int partial_ = -1;                          // of remember_partial_file()
};

// "cannot write FILE: <reason of errno>", with the remedy for full disks and missing rights.
Error write_error(const std::filesystem::path& file, int error_number);

Result<void> write_whole_file(const std::filesystem::path& target,
                              std::span<const std::byte> contents);

}  // namespace slicecast::io
