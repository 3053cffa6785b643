// What every Slicecast process has in common, so that a main.cpp stays thin: context, instance id,
// control server, live parameters, announcement at the hub, metrics, log, orderly stop on SIGINT
// and SIGTERM.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/metrics/metrics.h"
#include "common/wire/context.h"
#include "common/wire/control.h"
#include "common/wire/directory.h"

namespace slicecast::service {

// Live parameters of a service. `set` validates all values first and then calls `changed` once with
// the new settings; all or none: an error of `changed` keeps the old ones. Thread-safe; changes
// come one at a time, in order. `changed` may read these parameters but not set them.
class Parameters {
 public:
  using Changed =
      std::function<Result<void>(const config::Settings& before, const config::Settings& after)>;
  Parameters(config::Settings settings, Changed changed);
  config::Settings settings() const;
  std::uint64_t revision() const;
  Result<void> set(const std::map<std::string, config::Value>& values);
  v1::Parameters describe() const;

 private:
  mutable std::mutex mutex_;
  std::mutex set_mutex_;  // one change at a time, in order
  config::Settings settings_;
  std::uint64_t revision_ = 1;
  Changed changed_;
};

// A value that is not set becomes empty text, which only text options accept.
config::Value value_from(const v1::ParameterValue& value);
v1::ParameterValue to_proto(const config::Value& value, config::Type type);
v1::Ledger to_proto(const metrics::LedgerSnapshot& snapshot);
// Ledgers, gauges, version, uptime, resident memory and processor time of this process.
v1::Status status_of(const std::string& name, const std::string& kind,
                     const metrics::Registry& registry, std::int64_t started_steady_ns);

// The frame of a service. Derived libraries construct it with their links' addresses and a handler
// for their own requests; Ping, GetStatus, ListParameters and SetParameters are answered here.
class ServiceFrame {
 public:
  struct Options {
    std::string kind;  // source, projection, slice, plugin
    config::Settings settings;
    std::vector<v1::Link> links;  // beside control and metrics, which are added
    std::vector<std::string> feeds;
    Parameters* parameters = nullptr;  // may be null
    metrics::Registry* registry = nullptr;
    wire::ControlHandler handler;  // requests that are not answered here
    std::function<std::map<std::string, std::string>()> facts;
    std::function<std::string()> health;  // empty: healthy
    std::function<void()> on_refused;     // once; from the announcer's thread
  };
  // Everything of `options` must outlive the frame. Fails when a port is in use, or when an address
  // for everybody (0.0.0.0) is bound and nothing is advertised.
  static Result<std::unique_ptr<ServiceFrame>> create(wire::Context& context,
                                                      std::uint64_t instance, Options options);
  virtual ~ServiceFrame() = default;
  virtual std::vector<std::string> control_addresses() const = 0;
  virtual int metrics_port() const = 0;
  virtual bool refused() const = 0;  // the hub knows another live instance of our name
  virtual std::string refusal() const = 0;
  // For services that own a file or take what only one may have: returns once the hub granted the
  // name, or when no hub answers for a short while, because work must not depend on one (the name
  // may then still be refused later). Errc::already_exists when it is refused.
  virtual Result<void> wait_for_name() const = 0;
};

// The role a request has here: the one it asks for, at most the service's client_role.
v1::Role granted_role(const config::Settings& settings, const v1::Request& request);

// The process id of the parent, in the environment of children that shall end with it.
inline constexpr const char* kParentVariable = "SLICECAST_PARENT_PID";

// Blocks SIGINT, SIGTERM and SIGHUP in the calling thread and all it starts later, so make it first
// thing in main(); waits for one of them, for request_stop() or, under `slicecast up`, for the
// death of the parent.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  void request_stop();
  // False at the deadline, true when stopping.
  bool wait_for(std::chrono::milliseconds deadline);
  // The same, but also returns (false) as soon as one of these descriptors can be read.
  bool wait_for(std::chrono::milliseconds deadline, std::span<const int> readable);
  bool stopping() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Makes the context that the common options describe (curve, socks, allow_plain_public).
Result<std::unique_ptr<wire::Context>> make_context(const config::Settings& settings);

// The bind addresses of a link by the common options (name, bind) and the port of the link: an ipc
// address, where one can be had, and tcp.
std::vector<std::string> bind_addresses(const config::Settings& settings, const std::string& link,
                                        int port);

// Addresses as others reach them: the host of tcp addresses replaced by `advertise`, ipc first.
Result<std::vector<std::string>> advertised(const config::Settings& settings,
                                            std::vector<std::string> addresses);

// One line on stderr, "PROGRAM: message", for what stops a program before its log is open. Returns
// the exit code: 2 for what the user can put right (usage, configuration, port or name in use),
// else 1.
int fail(const std::string& program, const Error& error);

}  // namespace slicecast::service
