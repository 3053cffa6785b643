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

// hub, source, projection, slice, in this order.
std::vector<ChildSpec> demo_children(const config::Settings& settings, int hub_port,
                                     const std::filesystem::path& programs,
                                     const std::filesystem::path& state_directory);

// A new directory for as long as this lives.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> create();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace slicecast::cli
