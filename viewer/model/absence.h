// Which names have been missing from a list for so long that what is kept of them can go: long
// enough that a program that is restarted, or a hub that has just started, costs nothing. Times are
// steady ns. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace slicecast::viewer {

class Absence {
 public:
  explicit Absence(std::int64_t patience_ns = 30'000'000'000) : patience_ns_(patience_ns) {}

  // The names of `kept` that no list has had since `patience`. Call with every new list.
  std::set<std::string> over(const std::set<std::string>& kept, const std::set<std::string>& listed,
                             std::int64_t now_ns);

 private:
  const std::int64_t patience_ns_;
  std::map<std::string, std::int64_t> since_ns_;  // of those kept and not listed
};

}  // namespace slicecast::viewer
