// What a process tells about itself: counters, gauges and histograms by name, ledgers, and an HTTP
// server on loopback with /metrics (Prometheus text) and /healthz.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/ledger.h"

namespace slicecast::metrics {

// A metric is declared once as a constant of its owner: name with unit, kind, doc. Counters end in
// _total. Histograms are exported as summaries (p50, p90, p99 of the last 1024 values, sum, count).
enum class Kind : std::uint8_t { counter, gauge, histogram };
struct MetricInfo {
  const char* name;  // e.g. "slicecast_ingest_bytes_total"
  Kind kind;
  const char* doc;
};

class Registry {
 public:
  Registry(std::string service, std::string version);
  ~Registry();
  Registry(const Registry&) = delete;

  // References stay valid as long as the registry. Same name: same object.
  std::atomic<double>& gauge(const MetricInfo& info);
  std::atomic<std::uint64_t>& counter(const MetricInfo& info);
  void observe(const MetricInfo& info, double value);  // histogram
  // Of the last 1024 values, by linear interpolation; NaN when there are none.
  double quantile(const std::string& name, double q) const;
  void add(std::shared_ptr<const Ledger> ledger);
  // A figure read when somebody looks, under no lock; it must stay callable as long as the
  // registry.
  void add_gauge(const MetricInfo& info, std::function<double()> read);

  std::vector<LedgerSnapshot> ledgers() const;
  // All gauges and counters; of histograms NAME_p50 and NAME_p99.
  std::map<std::string, double> gauges() const;
  std::string prometheus_text() const;  // ledgers first, each as one snapshot

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Serves the registry (which must outlive it) on 127.0.0.1:port (0: ephemeral, < 0: off). /healthz
// answers 200 "ok" or 503 with the line that `healthy` returns.
class HttpExposer {
 public:
  using Health = std::function<std::string()>;  // empty: healthy
  static Result<std::unique_ptr<HttpExposer>> create(const Registry& registry, int port,
                                                     Health healthy);
  virtual ~HttpExposer() = default;
  virtual int port() const = 0;
};

}  // namespace slicecast::metrics
