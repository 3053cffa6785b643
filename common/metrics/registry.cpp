#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <stdexcept>

#include "common/metrics/metrics.h"
#include "common/metrics/text_format.h"

namespace slicecast::metrics {
namespace {

constexpr std::size_t kRecent = 1024;

struct Metric {
  MetricInfo info{};
  std::atomic<double> gauge{0};
  std::atomic<std::uint64_t> counter{0};
  std::function<double()> read;
  std::array<double, kRecent> recent{};  // ring of observed values
  std::uint64_t observed = 0;
  double sum = 0;

  double quantile(double q) const {
    const std::size_t count = std::min<std::uint64_t>(observed, kRecent);
    if (count == 0) return std::numeric_limits<double>::quiet_NaN();
    std::vector<double> sorted(recent.begin(), recent.begin() + static_cast<std::ptrdiff_t>(count));
    std::ranges::sort(sorted);
    const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(count - 1);
    const auto below = static_cast<std::size_t>(rank);
    const std::size_t above = std::min(below + 1, count - 1);
    return std::lerp(sorted[below], sorted[above], rank - static_cast<double>(below));
  }
};

}  // namespace

struct Registry::State {
  std::string service, version;
  mutable std::mutex mutex;
  std::map<std::string, std::unique_ptr<Metric>> metrics;
  std::vector<std::shared_ptr<const Ledger>> ledgers;

  Metric& metric(const MetricInfo& info) {  // under the mutex
    auto& slot = metrics[info.name];
    if (!slot) {
      slot = std::make_unique<Metric>();
      slot->info = info;
    } else if (slot->info.kind != info.kind) {
      throw std::logic_error(std::string(info.name) + " is declared as two kinds of metric");
    }
    return *slot;
  }

  // Values now, callbacks read under no lock: they may take locks of their own whose holders write
  // metrics.
  std::vector<Sample> samples() const {
    std::vector<Sample> all;
    std::vector<std::pair<std::size_t, std::function<double()>>> reads;
    {
      std::lock_guard lock(mutex);
      for (const auto& [name, metric] : metrics) {
        Sample sample{.info = metric->info};
        if (metric->info.kind == Kind::counter) {
          sample.value = static_cast<double>(metric->counter.load());
        } else if (metric->info.kind == Kind::gauge) {
          sample.value = metric->gauge.load();
          if (metric->read) reads.emplace_back(all.size(), metric->read);
        } else {
          for (const double q : {0.5, 0.9, 0.99})
            sample.quantiles.emplace_back(q, metric->quantile(q));
          sample.sum = metric->sum;
          sample.count = metric->observed;
        }
        all.push_back(std::move(sample));
      }
    }
    for (const auto& [index, read] : reads) all[index].value = read();
    return all;
  }
};

Registry::Registry(std::string service, std::string version) : state_(std::make_unique<State>()) {
  state_->service = std::move(service);
  state_->version = std::move(version);
}

Registry::~Registry() = default;

std::atomic<double>& Registry::gauge(const MetricInfo& info) {
  std::lock_guard lock(state_->mutex);
  return state_->metric(info).gauge;
}

std::atomic<std::uint64_t>& Registry::counter(const MetricInfo& info) {
  std::lock_guard lock(state_->mutex);
  return state_->metric(info).counter;
}

void Registry::observe(const MetricInfo& info, double value) {
  std::lock_guard lock(state_->mutex);
  Metric& metric = state_->metric(info);
  metric.recent[metric.observed++ % kRecent] = value;
  metric.sum += value;
}

double Registry::quantile(const std::string& name, double q) const {
  std::lock_guard lock(state_->mutex);
  const auto found = state_->metrics.find(name);
  if (found == state_->metrics.end()) return std::numeric_limits<double>::quiet_NaN();
  return found->second->quantile(q);
}

void Registry::add(std::shared_ptr<const Ledger> ledger) {
  std::lock_guard lock(state_->mutex);
  state_->ledgers.push_back(std::move(ledger));
}

void Registry::add_gauge(const MetricInfo& info, std::function<double()> read) {
  std::lock_guard lock(state_->mutex);
  state_->metric(info).read = std::move(read);
}

std::vector<LedgerSnapshot> Registry::ledgers() const {
  std::lock_guard lock(state_->mutex);
  std::vector<LedgerSnapshot> snapshots;
  for (const auto& ledger : state_->ledgers) snapshots.push_back(ledger->snapshot());
  return snapshots;
}

std::map<std::string, double> Registry::gauges() const {
  std::map<std::string, double> values;
  for (const Sample& sample : state_->samples()) {
    if (sample.info.kind != Kind::histogram) values[sample.info.name] = sample.value;
    for (const auto& [q, value] : sample.quantiles)
      if (sample.count > 0 && q != 0.9)
        values[std::string(sample.info.name) + (q == 0.5 ? "_p50" : "_p99")] = value;
  }
  return values;
}

std::string Registry::prometheus_text() const {
  return text_format(state_->service, state_->version, ledgers(), state_->samples());
}

}  // namespace slicecast::metrics
