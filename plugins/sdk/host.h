// The process around a node, as a library so that tests run it in one process: finds its inputs,
// keeps what is newest, runs the node, publishes, answers control requests, tells its health.
// run() is this with a command line.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/metrics/metrics.h"
#include "common/service/service.h"
#include "common/wire/feed.h"
#include "plugins/sdk/inputs.h"
#include "plugins/sdk/node_runner.h"
#include "plugins/sdk/plugin.h"

namespace slicecast::plugin {

class Host {
 public:
  // `settings`: the common options and options_of(plugin). Errors are start-up errors with a
  // remedy; already_exists when another live process has the name. `pool` holds what arrives; null:
  // one of its own.
  static Result<std::unique_ptr<Host>> create(wire::Context& context, const Plugin& plugin,
                                              config::Settings settings,
                                              std::shared_ptr<BufferPool> pool = nullptr);
  ~Host();  // waits for the calls that run
  Host(const Host&) = delete;

  // Withdraws from the hub and ends all threads. False when a call of the node still runs after
  // `patience`: the process can only be ended then.
  bool stop(std::chrono::milliseconds patience);

  const service::ServiceFrame& frame() const { return *frame_; }
  std::vector<std::string> feed_addresses() const { return feed_->addresses(); }
  metrics::LedgerSnapshot ledger() const { return ledger_->snapshot(); }
  const metrics::Registry& registry() const { return registry_; }
  std::uint64_t instance() const { return instance_; }
  // One line of what is wrong, empty when nothing is. Begins with "hanging" when a call of the node
  // is over its deadline.
  std::string health() const;

 private:
  Host(wire::Context& context, const Plugin& plugin, config::Settings settings,
       std::shared_ptr<BufferPool> pool);
  Result<void> open();
  Result<void> make_node();
  Result<std::shared_ptr<const Node>> stateless_node(const config::Settings& settings);
  Result<void> change(const config::Settings& before, const config::Settings& after);
  void take(const std::string& service, wire::FeedMessage message);
  void take_scene(const v1::Scene& scene);
  void resubscribe(const config::Settings& settings);
  std::map<std::string, std::string> facts() const;
  std::shared_ptr<const config::Settings> settings() const;

  wire::Context& context_;
  const Plugin plugin_;
  const std::string name_;
  const std::uint64_t instance_;
  const std::shared_ptr<BufferPool> pool_;
  metrics::Registry registry_;
  const std::shared_ptr<metrics::Ledger> ledger_;
  Faults faults_;
  WorkBoard board_;
  service::Parameters parameters_;

  mutable std::mutex mutex_;
  std::shared_ptr<const config::Settings> settings_;
  std::shared_ptr<const Node> node_;
  Surroundings around_;
  std::string subscribed_;  // what the inputs were asked for last, serialised

  std::unique_ptr<wire::FeedProducer> feed_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<NodeRunner> runner_;
  std::unique_ptr<service::ServiceFrame> frame_;
  std::unique_ptr<Inputs> inputs_;
};

}  // namespace slicecast::plugin
