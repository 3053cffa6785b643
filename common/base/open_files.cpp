#include "common/base/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>

namespace slicecast {
namespace {

constexpr rlim_t kFewest = 128;      // a service without clients has about 40
constexpr rlim_t kEnough = 1 << 16;  // some systems allow a billion, and tools walk through all

}  // namespace

Result<void> raise_limit_of_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  const rlim_t wanted = std::min(limit.rlim_max, kEnough);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= kFewest) return {};
  return Error{Errc::resource_exhausted,
               "the limit of open files is " + std::to_string(limit.rlim_cur) + ", and " +
                   std::to_string(kFewest) + " is the least; raise it (ulimit -n 4096)"};
}

}  // namespace slicecast
