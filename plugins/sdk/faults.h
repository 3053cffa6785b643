// What went wrong in a node: each kind is logged once, the last one is told to those who ask for
// the status. Thread-safe.
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace slicecast::plugin {

class Faults {
 public:
  // `kind` is the type of an exception, or the reason of a refusal with its key.
  void note(const std::string& kind, const std::string& message);
  std::string last() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> logged_;
  std::string last_;
};

}  // namespace slicecast::plugin
