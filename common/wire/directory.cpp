#include "common/wire/directory.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "common/base/names.h"
#include "common/wire/control.h"
#include "common/wire/hub_requests.h"

namespace slicecast::wire {
namespace {

class HubDirectory final : public Directory {
 public:
  explicit HubDirectory(std::unique_ptr<ControlClient> hub) : hub_(std::move(hub)) {}

  Result<std::vector<v1::Service>> services(std::chrono::milliseconds deadline) override;
  Result<v1::Service> find(const std::string& name, std::chrono::milliseconds deadline) override;
  void cancel() override { hub_->cancel(); }

 private:
  const std::unique_ptr<ControlClient> hub_;
  std::mutex mutex_;
  std::optional<std::vector<v1::Service>> last_;
};

Result<std::vector<v1::Service>> HubDirectory::services(std::chrono::milliseconds deadline) {
  bool have_last = false;
  {
    std::lock_guard lock(mutex_);
    have_last = last_.has_value();
  }
  // With an answer in hand nobody should wait long for a hub that is away.
  if (have_last) deadline = std::min(deadline, std::chrono::milliseconds(300));
  auto listed = list_services(*hub_, deadline);
  std::lock_guard lock(mutex_);
  if (listed) {
    last_ = *listed;
    return listed;
  }
  if (last_) return *last_;
  if (listed.error().code == Errc::permission_denied) return listed;  // names its own remedy
  return Error{listed.error().code,
               "the hub: " + listed.error().message + "; start slicecast-hub or give --hub"};
}

Result<v1::Service> HubDirectory::find(const std::string& name,
                                       std::chrono::milliseconds deadline) {
  auto listed = services(deadline);
  if (!listed) return listed.error();
  std::string names;
  for (auto& service : *listed) {
    if (service.name() == name) return std::move(service);
    names += (names.empty() ? "" : ", ") + service.name();
  }
  return Error{Errc::not_found,
               "no service is called '" + name + "'; " +
                   (names.empty() ? "the hub knows none yet" : "there are: " + names)};
}

}  // namespace

Result<std::vector<v1::Service>> list_services(ControlClient& hub,
                                               std::chrono::milliseconds deadline) {
  v1::Request request;
  request.mutable_list_services();
  auto reply = hub.request(std::move(request), deadline);
  if (!reply) return reply.error();
  const auto& listed = reply->services().services();
  std::vector<v1::Service> services;
  for (const auto& service : listed)
    if (check_service_name(service.name())) services.push_back(service);
  return services;
}

std::string hub_address(const std::string& option) {
  if (!option.empty()) return option;
  if (const char* set = std::getenv("SLICECAST_HUB"); set != nullptr && *set != '\0') return set;
  return "tcp://127.0.0.1:" + std::to_string(kHubPort);
}

std::string link_address(const v1::Service& service, const std::string& link) {
  for (const auto& offered : service.links())
    if (offered.name() == link)
      return preferred_address({offered.addresses().begin(), offered.addresses().end()},
                               service.host());
  return {};
}

Result<std::unique_ptr<Directory>> Directory::create(Context& context, const std::string& hub) {
  ControlClient::Options options;
  options.client = "directory";
  options.address = hub;
  auto client = ControlClient::create(context, options);
  if (!client) return client.error();
  return std::unique_ptr<Directory>(std::make_unique<HubDirectory>(std::move(*client)));
}

}  // namespace slicecast::wire
