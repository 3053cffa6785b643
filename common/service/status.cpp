#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "common/base/clock.h"
#include "common/config/version.h"
#include "common/service/service.h"

namespace slicecast::service {
namespace {

double resident_mib() {
  std::ifstream statm("/proc/self/statm");
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& it) {
    return static_cast<double>(it.tv_sec) + 1e-6 * static_cast<double>(it.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

v1::Status status_of(const std::string& name, const std::string& kind,
                     const metrics::Registry& registry, std::int64_t started_steady_ns) {
  v1::Status status;
  status.set_service(name);
  status.set_kind(kind);
  status.set_version(config::version());
  status.set_uptime_s(1e-9 * static_cast<double>(steady_now_ns() - started_steady_ns));
  for (const auto& snapshot : registry.ledgers()) *status.add_ledgers() = to_proto(snapshot);
  auto& gauges = *status.mutable_gauges();
  for (const auto& [name_of_gauge, value] : registry.gauges()) gauges[name_of_gauge] = value;
  gauges["process_resident_mib"] = resident_mib();
  gauges["process_cpu_s_total"] = cpu_seconds();
  return status;
}

}  // namespace slicecast::service
