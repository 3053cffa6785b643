// What every subcommand that asks a running system needs: context, directory, control links.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/wire/context.h"
#include "common/wire/control.h"
#include "common/wire/directory.h"

namespace slicecast::cli {

// hub, curve, socks, timeout.
std::vector<config::Option> client_options();
// client_options() and `own`.
std::vector<config::Option> with_client(std::vector<config::Option> own);

class Client {
 public:
  static Result<std::unique_ptr<Client>> create(const config::Settings& settings);

  wire::Context& context() { return *context_; }
  const std::string& hub() const { return hub_; }
  std::chrono::milliseconds timeout() const { return timeout_; }

  Result<std::vector<v1::Service>> services();  // sorted by name
  // By name, else the only one of that kind. The error lists who is there.
  Result<v1::Service> find(const std::string& name_or_kind);
  Result<std::unique_ptr<wire::ControlClient>> control(const v1::Service& service);
  // The same, once it answers a ping: asks the hub for a newer instance meanwhile, so that a
  // service that is being restarted is waited for.
  Result<v1::Service> find_answering(const std::string& name_or_kind,
                                     std::chrono::milliseconds deadline);
  // The same, but refuses services of another kind.
  Result<v1::Service> find_of_kind(const std::string& kind, const std::string& name_or_kind,
                                   std::chrono::milliseconds deadline);
  // One request to a service, with our timeout.
  Result<v1::Reply> ask(const v1::Service& service, v1::Request request);

 private:
  Client() = default;
  std::unique_ptr<wire::Context> context_;
  std::unique_ptr<wire::Directory> directory_;
  std::string hub_;
  std::chrono::milliseconds timeout_{2000};
};

// State of the hub itself and of everybody it lists, asked at the same time. An empty status: no
// answer within the timeout. `clock`: of the service's machine against ours.
struct ServiceState {
  v1::Service service;
  Result<v1::Status> status;
  wire::ClockOffset clock;
};
std::vector<ServiceState> ask_all(Client& client, const std::vector<v1::Service>& services);

}  // namespace slicecast::cli
