// Prometheus' text exposition format, version 0.0.4.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/metrics/metrics.h"

namespace slicecast::metrics {

// One metric at one moment.
struct Sample {
  MetricInfo info{};
  double value = 0;                                  // counter, gauge
  std::vector<std::pair<double, double>> quantiles;  // histogram: q, value
  double sum = 0;
  std::uint64_t count = 0;
};

// Ledgers first. Each is one snapshot, so that its rows close within one scrape.
std::string text_format(const std::string& service, const std::string& version,
                        const std::vector<LedgerSnapshot>& ledgers,
                        const std::vector<Sample>& samples);

}  // namespace slicecast::metrics
