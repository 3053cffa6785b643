#include "common/wire/lease_book.h"

namespace slicecast::wire {

LeaseBook::Verdict LeaseBook::announce(const v1::Service& service, std::chrono::milliseconds lease,
                                       Time now) {
  std::lock_guard lock(mutex_);
  std::erase_if(leases_, [&](const auto& entry) { return entry.second.until <= now; });
  const auto held = leases_.find(service.name());
  if (held != leases_.end() && held->second.service.instance() != service.instance())
    return Verdict::conflict;
  leases_[service.name()] = {service, now + lease};
  return Verdict::granted;
}

void LeaseBook::withdraw(const std::string& name, std::uint64_t instance) {
  std::lock_guard lock(mutex_);
  const auto held = leases_.find(name);
  if (held != leases_.end() && held->second.service.instance() == instance) leases_.erase(held);
}

std::optional<v1::Service> LeaseBook::holder(const std::string& name, Time now) const {
  std::lock_guard lock(mutex_);
  const auto held = leases_.find(name);
  if (held == leases_.end() || held->second.until <= now) return std::nullopt;
  return held->second.service;
}

std::vector<v1::Service> LeaseBook::services(Time now) const {
  std::lock_guard lock(mutex_);
  std::vector<v1::Service> listed;
  for (const auto& [name, lease] : leases_)
    if (lease.until > now) listed.push_back(lease.service);
  return listed;
}

}  // namespace slicecast::wire
