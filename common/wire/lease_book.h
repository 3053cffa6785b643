// The hub's leases: which service holds which name until when. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "slicecast/v1/control.pb.h"

namespace slicecast::wire {

class LeaseBook {
 public:
  using Time = std::chrono::steady_clock::time_point;

  enum class Verdict { granted, conflict };
  // Grants or renews, unless another instance holds the name under a running lease.
  Verdict announce(const v1::Service& service, std::chrono::milliseconds lease, Time now);
  void withdraw(const std::string& name, std::uint64_t instance);

  // The holder of a name under a running lease.
  std::optional<v1::Service> holder(const std::string& name, Time now) const;
  std::vector<v1::Service> services(Time now) const;

 private:
  struct Lease {
    v1::Service service;
    Time until;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Lease> leases_;
};

}  // namespace slicecast::wire
