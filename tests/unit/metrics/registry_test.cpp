#include "common/metrics/metrics.h"

#include <cmath>
#include <sstream>
#include <thread>

using namespace slicecast::metrics;

namespace {

constexpr MetricInfo kBytes{"slicecast_ingest_bytes_total", Kind::counter, "Bytes that came in"};
constexpr MetricInfo kRate{"slicecast_frames_per_s", Kind::gauge, "Frames per second\nlately"};
constexpr MetricInfo kTime{"slicecast_refresh_s", Kind::histogram, "Time of one refresh"};
constexpr MetricInfo kLive{"slicecast_slices", Kind::gauge, "Live slices"};

// "name{labels}" -> value; every line must be a comment or parse.
std::map<std::string, double> rows_of(const std::string& text) {
  std::map<std::string, double> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
    const auto blank = line.rfind(' ');
    REQUIRE(blank != std::string::npos);
    std::size_t used = 0;
    const std::string number = line.substr(blank + 1);
    rows[line.substr(0, blank)] = std::stod(number, &used);
    CHECK(used == number.size());
  }
  return rows;
}

}  // namespace

TEST_CASE("one name cannot be two kinds of metric") {
  Registry registry("slice", "1.0");
  registry.counter(kBytes);
  CHECK_THROWS(registry.gauge({kBytes.name, Kind::gauge, ""}));
}

TEST_CASE("a quantile of nothing is NaN") {
  Registry registry("slice", "1.0");
  CHECK(std::isnan(registry.quantile("slicecast_refresh_s", 0.5)));
  CHECK(registry.gauges().empty());
}

TEST_CASE("the same name is the same object") {
  Registry registry("slice", "1.0");
  registry.counter(kBytes) += 5;
  registry.counter(kBytes) += 2;
  CHECK(registry.gauges().at("slicecast_ingest_bytes_total") == 7);
}

TEST_CASE("quantiles are those of the last 1024 values") {
  Registry registry("slice", "1.0");
  for (int i = 0; i < 5000; ++i) registry.observe(kTime, 1e6);
  for (int i = 1; i <= 1024; ++i) registry.observe(kTime, i);
  CHECK(registry.quantile(kTime.name, 0) == 1);
  CHECK(registry.quantile(kTime.name, 1) == 1024);
  CHECK(registry.quantile(kTime.name, 0.5) == 512.5);
  CHECK(registry.gauges().at("slicecast_refresh_s_p50") == 512.5);
}

TEST_CASE("the exposition has every row, one TYPE per family and ledgers that close") {
  Registry registry("slice\"1\"", "1.0");
  auto frames = std::make_shared<Ledger>("frames");
  auto feed = std::make_shared<Ledger>("slices");
  registry.add(frames);
  registry.add(feed);
  frames->receive(9);
  frames->finish(5);
  frames->drop(Drop::late, 1);
  frames->set_missing(12, 3);
  registry.counter(kBytes) = 123456789012ull;
  registry.gauge(kRate) = 33.25;
  registry.add_gauge(kLive, [] { return 3.0; });
  registry.observe(kTime, 0.25);
  registry.observe(kTime, 0.75);

  const std::string text = registry.prometheus_text();
  const auto rows = rows_of(text);
  CHECK(rows.at("slicecast_ledger_received_total{flow=\"frames\"}") == 9);
  CHECK(rows.at("slicecast_ledger_done_total{flow=\"frames\"}") == 5);
  CHECK(rows.at("slicecast_ledger_in_flight{flow=\"frames\"}") == 3);
  CHECK(rows.at("slicecast_ledger_dropped_total{flow=\"frames\",reason=\"late\"}") == 1);
  CHECK(rows.at("slicecast_ledger_dropped_total{flow=\"slices\",reason=\"superseded\"}") == 0);
  CHECK(rows.at("slicecast_ledger_missing{flow=\"frames\"}") == 3);
  CHECK(rows.at("slicecast_ledger_expected{flow=\"frames\"}") == 12);
  CHECK(rows.at("slicecast_ledger_closes{flow=\"frames\"}") == 1);
  CHECK(rows.at("slicecast_ingest_bytes_total") == 123456789012.0);
  CHECK(rows.at("slicecast_frames_per_s") == 33.25);
  CHECK(rows.at("slicecast_slices") == 3);
  CHECK(rows.at("slicecast_refresh_s{quantile=\"0.5\"}") == 0.5);
  CHECK(rows.at("slicecast_refresh_s_sum") == 1);
  CHECK(rows.at("slicecast_refresh_s_count") == 2);
  CHECK(rows.at("slicecast_build_info{service=\"slice\\\"1\\\"\",version=\"1.0\"}") == 1);
  CHECK(text.find("Frames per second\\nlately") != std::string::npos);
  CHECK(text.find("slicecast_ledger_received_total") < text.find("slicecast_frames_per_s"));

  std::istringstream lines(text);
  std::vector<std::string> families;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("# TYPE ")) families.push_back(line);
  std::sort(families.begin(), families.end());
  CHECK(std::adjacent_find(families.begin(), families.end()) == families.end());
}

TEST_CASE("a scrape that reads figures may meet their owner holding his own lock") {
  Registry registry("slice", "1.0");
  std::mutex owner;
  registry.add_gauge(kLive, [&] {
    std::lock_guard lock(owner);
    return 1.0;
  });
  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::lock_guard lock(owner);
      registry.gauge(kRate) = 1;
    }
  });
  for (int i = 0; i < 200; ++i) CHECK(registry.gauges().at("slicecast_slices") == 1);
}
