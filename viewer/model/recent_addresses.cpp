#include "viewer/model/recent_addresses.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <sstream>

#include "common/io/atomic_file.h"

namespace slicecast::viewer {

void RecentAddresses::use(const std::string& address) {
  constexpr std::size_t kLongest = 256;
  if (address.empty() || address.size() > kLongest) return;
  forget(address);
  list_.insert(list_.begin(), address);
  if (list_.size() > kMost) list_.resize(kMost);
}

void RecentAddresses::forget(const std::string& address) {
  std::erase(list_, address);
}

Result<void> RecentAddresses::load(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  try {
    const toml::table root = toml::parse_file(path.string());
    const toml::array* listed = root["recent"].as_array();
    if (listed == nullptr)
      return Error{Errc::malformed, path.string() + ": has no list `recent`; delete the file"};
    RecentAddresses read;
    // Last first, so that use() leaves them in the file's order.
    for (std::size_t i = listed->size(); i-- > 0;)
      if (const auto text = (*listed)[i].value<std::string>()) read.use(*text);
    list_ = std::move(read.list_);
    return {};
  } catch (const toml::parse_error& error) {
    return Error{Errc::malformed,
                 fmt::format("{}: line {}: {}; correct or delete the file", path.string(),
                             error.source().begin.line, error.description())};
  }
}

Result<void> RecentAddresses::save(const std::filesystem::path& path) const {
  toml::array listed;
  for (const auto& address : list_) listed.push_back(address);
  std::ostringstream text;
  text << toml::table{{"recent", std::move(listed)}} << '\n';
  const std::string written = text.str();
  return io::write_whole_file(path, std::as_bytes(std::span(written)));
}

}  // namespace slicecast::viewer
