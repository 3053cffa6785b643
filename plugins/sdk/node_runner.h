// Calls the node: threads that take work from the board, guard the node and pass on its results.
// A call that does not come back is seen by hanging(); nothing can be done about it inside of the
// process.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/metrics/metrics.h"
#include "plugins/sdk/faults.h"
#include "plugins/sdk/plugin.h"
#include "plugins/sdk/publisher.h"
#include "plugins/sdk/work_board.h"

namespace slicecast::plugin {

class NodeRunner {
 public:
  struct Options {
    std::string name;  // of the plugin
    std::vector<v1::LabelClass> classes;
    std::shared_ptr<BufferPool> pool;
    int threads = 1;
    // Read before each call.
    std::function<std::size_t()> batch;
    std::function<std::shared_ptr<const config::Settings>()> settings;
  };
  // All references outlive the runner.
  NodeRunner(Options options, WorkBoard& board, Publisher& publisher, metrics::Ledger& ledger,
             metrics::Registry& registry, Faults& faults);
  ~NodeRunner();  // joins: call stop() before

  // Exactly one of them. The stateless node may be replaced at any time.
  void set_node(std::shared_ptr<const Node> node);
  void set_stateful(std::unique_ptr<StatefulNode> node);
  void start();
  // False when a call still runs after `patience`.
  bool stop(std::chrono::milliseconds patience);

  // How long the longest call that still runs has been running.
  std::chrono::milliseconds longest_call() const;

 private:
  struct Worker {
    std::atomic<std::int64_t> call_began_ns{0};  // steady clock; 0: in no call
    std::jthread thread;
  };
  void work(Worker& worker, const std::stop_token& stop);
  void run(Worker& worker, WorkBoard::Job&& job);
  template <class Call>
  bool guarded(Worker& worker, Output& out, metrics::Drop& fault, const Call& call);
  void tell_news(Worker& worker, const Surroundings& around);
  void settle(const WorkBoard::Job& job, Output& out, double call_ms,
              std::optional<metrics::Drop> fault);

  const Options options_;
  WorkBoard& board_;
  Publisher& publisher_;
  metrics::Ledger& ledger_;
  metrics::Registry& registry_;
  Faults& faults_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::shared_ptr<const Node> node_;
  std::unique_ptr<StatefulNode> stateful_;
  Surroundings told_;  // to the stateful node
  int running_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace slicecast::plugin
