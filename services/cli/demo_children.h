// The processes of `slicecast demo`: all ports ephemeral, a hub of their own, nothing kept on disk.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "services/cli/child_process.h"

namespace slicecast::cli {

std::vector<config::Option> demo_options();

// A free loopback port of this moment.
Result<int> free_port();

// hub, source, projection, slice, in this order, and segment when it is asked for.
std::vector<ChildSpec> demo_children(const config::Settings& settings, int hub_port,
                                     const std::filesystem::path& programs,
                                     const std::filesystem::path& state_directory);

// A new directory for as long as this lives. Those that killed demos left behind go when the next
// one is made; a lock tells which are still in use.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> create();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_ = -1;  // open directory, locked
};

}  // namespace slicecast::cli
