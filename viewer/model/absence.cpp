#include "viewer/model/absence.h"

namespace slicecast::viewer {

std::set<std::string> Absence::over(const std::set<std::string>& kept,
                                    const std::set<std::string>& listed, std::int64_t now_ns) {
  std::erase_if(since_ns_, [&](const auto& it) {
    return !kept.contains(it.first) || listed.contains(it.first);
  });
  std::set<std::string> over;
  for (const auto& name : kept) {
    if (listed.contains(name)) continue;
    const std::int64_t since = since_ns_.try_emplace(name, now_ns).first->second;
    if (now_ns - since >= patience_ns_) over.insert(name);
  }
  for (const auto& name : over) since_ns_.erase(name);
  return over;
}

}  // namespace slicecast::viewer
