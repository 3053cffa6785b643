#include "plugins/sdk/node_runner.h"

#include <algorithm>
#include <exception>
#include <map>
#include <typeinfo>
#include <utility>

#include "common/base/clock.h"
#include "common/base/thread_name.h"

namespace slicecast::plugin {
namespace {

using metrics::Drop;

constexpr metrics::MetricInfo kProcessing{"slicecast_plugin_processing_ms",
                                          metrics::Kind::histogram, "Time of one call of the node"};
constexpr metrics::MetricInfo kAge{"slicecast_plugin_age_ms", metrics::Kind::histogram,
                                   "Age of the newest projection in a result when it is published"};
constexpr metrics::MetricInfo kOverhead{
    "slicecast_plugin_overhead_us", metrics::Kind::histogram,
    "From an image taken off its feed to its results published, less the time in the node"};
constexpr metrics::MetricInfo kResults{"slicecast_plugin_results_total", metrics::Kind::counter,
                                       "Results published"};

double milliseconds(std::int64_t ns) {
  return 1e-6 * static_cast<double>(ns);
}

}  // namespace

NodeRunner::NodeRunner(Options options, WorkBoard& board, Publisher& publisher,
                       metrics::Ledger& ledger, metrics::Registry& registry, Faults& faults)
    : options_(std::move(options)),
      board_(board),
      publisher_(publisher),
      ledger_(ledger),
      registry_(registry),
      faults_(faults) {
  registry_.counter(kResults);
}

NodeRunner::~NodeRunner() {
  for (auto& worker : workers_) worker->thread.request_stop();
}

void NodeRunner::set_node(std::shared_ptr<const Node> node) {
  std::lock_guard lock(mutex_);
  node_ = std::move(node);
}

void NodeRunner::set_stateful(std::unique_ptr<StatefulNode> node) {
  stateful_ = std::move(node);
}

void NodeRunner::start() {
  const int threads = stateful_ ? 1 : options_.threads;
  for (int i = 0; i < threads; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    {
      std::lock_guard lock(mutex_);
      ++running_;
    }
    worker.thread = std::jthread([this, &worker, i](const std::stop_token& stop) {
      name_thread("node " + std::to_string(i));
      work(worker, stop);
      std::lock_guard lock(mutex_);
      --running_;
      ended_.notify_all();
    });
  }
}

bool NodeRunner::stop(std::chrono::milliseconds patience) {
  for (auto& worker : workers_) worker->thread.request_stop();
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, patience, [&] { return running_ == 0; });
}

std::chrono::milliseconds NodeRunner::longest_call() const {
  const std::int64_t now = steady_now_ns();
  std::int64_t longest = 0;
  for (const auto& worker : workers_)
    if (const auto began = worker->call_began_ns.load(); began != 0)
      longest = std::max(longest, now - began);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(longest));
}

void NodeRunner::work(Worker& worker, const std::stop_token& stop) {
  const bool hears = stateful_ != nullptr;
  while (auto job = board_.next(options_.batch(), hears, stop)) {
    if (hears) tell_news(worker, job->around);
    if (!job->views.empty()) run(worker, *std::move(job));
  }
}

// What the author's code throws costs the results of this call and nothing else.
template <class Call>
bool NodeRunner::guarded(Worker& worker, Output& out, Drop& fault, const Call& call) {
  worker.call_began_ns = steady_now_ns();
  bool fine = false;
  fault = Drop::failed;
  try {
    call();
    fine = true;
  } catch (const WrongShape& error) {
    fault = Drop::bad_size;
    faults_.note("wrong shape", options_.name + " made a result of a wrong size: " + error.what());
  } catch (const std::exception& error) {
    faults_.note(typeid(error).name(), options_.name + " threw: " + error.what());
  } catch (...) {
    faults_.note("unknown", options_.name + " threw something that is no std::exception");
  }
  worker.call_began_ns = 0;
  if (!fine) out.discard();
  return fine;
}

void NodeRunner::tell_news(Worker& worker, const Surroundings& around) {
  Output out(options_.name, options_.classes, options_.pool);
  Drop fault{};
  static const v1::Scene no_slices;
  static const v1::Scan no_scan;
  guarded(worker, out, fault, [&] {
    if (around.scan && around.scan != told_.scan)
      for (const auto& event : scan_events(told_.scan ? *told_.scan : no_scan, *around.scan))
        stateful_->scan_event(event, out);
  });
  guarded(worker, out, fault, [&] {
    if (around.scene && around.scene != told_.scene)
      for (const auto& event : slice_events(told_.scene ? *told_.scene : no_slices, *around.scene))
        stateful_->slice_event(event, out);
  });
  told_ = around;
  for (auto& result : out.finish(0)) {
    if (auto* ready = std::get_if<Output::Ready>(&result)) {
      if (publisher_.publish(std::move(*ready))) ++registry_.counter(kResults);
    } else {
      const auto& refused = std::get<Output::Refused>(result);
      faults_.note(refused.key, options_.name + ": " + refused.key + ": " + refused.why);
    }
  }
}

void NodeRunner::run(Worker& worker, WorkBoard::Job&& job) {
  std::shared_ptr<const Node> node;
  {
    std::lock_guard lock(mutex_);
    node = node_;
  }
  Output out(options_.name, options_.classes, options_.pool);
  Drop fault{};
  const std::int64_t began = steady_now_ns();
  const bool fine = guarded(worker, out, fault, [&] {
    if (stateful_)
      stateful_->process(job.views, *options_.settings(), out);
    else
      node->process(job.views, out);
  });
  const std::int64_t ended = steady_now_ns();
  registry_.observe(kProcessing, milliseconds(ended - began));
  settle(job, out, milliseconds(ended - began), fine ? std::nullopt : std::optional(fault));
  const std::int64_t published = steady_now_ns();
  for (const auto taken : job.taken_ns)
    registry_.observe(kOverhead, 1e-3 * static_cast<double>(began - taken + published - ended));
}

void NodeRunner::settle(const WorkBoard::Job& job, Output& out, double call_ms,
                        std::optional<Drop> fault) {
  // An input is done unless something that was made of it was held back.
  std::map<std::string, Drop> dropped;
  const std::int64_t now = now_ns();
  for (auto& result : out.finish(call_ms / static_cast<double>(job.views.size()))) {
    if (const auto* refused = std::get_if<Output::Refused>(&result)) {
      dropped[refused->input_key] = refused->reason;
      faults_.note(std::string(to_string(refused->reason)) + refused->key,
                   options_.name + ": " + refused->key + " is held back: " + refused->why);
      continue;
    }
    auto& ready = std::get<Output::Ready>(result);
    const std::string input = ready.input_key;
    if (publisher_.publish(std::move(ready)))
      ++registry_.counter(kResults);
    else
      dropped.emplace(input, Drop::late);
  }
  for (const auto& view : job.views) {
    const auto held_back = dropped.find(view.key());
    if (fault)
      ledger_.drop(*fault);
    else if (held_back != dropped.end())
      ledger_.drop(held_back->second);
    else
      ledger_.finish();
    if (const auto acquired = view.stamp().acquired_ns(); acquired > 0)
      registry_.observe(kAge, milliseconds(now - acquired));
  }
}

}  // namespace slicecast::plugin
