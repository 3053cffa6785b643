// Asks the hub who is there (four times a second) and every service how it does (twice a second),
// on two named threads. What was known stays good while the hub is away.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/wire/context.h"
#include "common/wire/directory.h"
#include "viewer/link/report.h"

namespace slicecast::viewer {

class ServiceWatch {
 public:
  using Listed = std::function<void(const std::vector<v1::Service>&)>;  // after every answer
  using Reported = std::function<void(std::shared_ptr<Report>)>;        // before it is shared

  static Result<std::unique_ptr<ServiceWatch>> create(wire::Context& context,
                                                      const std::string& hub, v1::Role role,
                                                      Listed listed, Reported reported);
  ~ServiceWatch();  // stops and joins; waits for nobody who does not answer
  ServiceWatch(const ServiceWatch&) = delete;
  ServiceWatch& operator=(const ServiceWatch&) = delete;

  void ask_now();  // the services, e.g. after parameters were set
  void try_now();  // the hub as well: who is there may have changed

 private:
  struct Asked;
  ServiceWatch(wire::Context& context, std::string hub, v1::Role role,
               std::unique_ptr<wire::Directory> directory, Listed listed, Reported reported);
  void list(const std::stop_token& stop);
  void report(const std::stop_token& stop);
  void ask(ServiceReport& entry, Asked& asked);
  Result<v1::Reply> request(const std::shared_ptr<wire::ControlClient>& client, v1::Request body);

  wire::Context& context_;
  const std::string hub_;
  const v1::Role role_;
  const std::unique_ptr<wire::Directory> directory_;
  const Listed listed_;
  const Reported reported_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<v1::Service> services_;
  std::optional<Error> hub_problem_;
  bool ask_now_ = false, list_now_ = false, ending_ = false;
  std::shared_ptr<wire::ControlClient> asking_;  // to be cancelled at the end
  std::jthread lister_, reporter_;
};

}  // namespace slicecast::viewer
