// Addresses the user connected to, newest first, kept in a TOML file. UI thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace slicecast::viewer {

class RecentAddresses {
 public:
  static constexpr std::size_t kMost = 12;

  // Moves it to the front. Empty and overlong (over 256 bytes) ones are ignored.
  void use(const std::string& address);
  void forget(const std::string& address);
  const std::vector<std::string>& list() const { return list_; }

  // A file that is not there gives an empty list; a damaged one an error, and the list stays as it
  // is.
  Result<void> load(const std::filesystem::path& path);
  Result<void> save(const std::filesystem::path& path) const;  // atomically

 private:
  std::vector<std::string> list_;
};

}  // namespace slicecast::viewer
