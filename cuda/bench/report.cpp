#include <cstdio>
#include <sstream>

#include "cuda/bench/bench.h"
#include "cuda/device/device_errors.h"

namespace slicecast::cuda::bench {
namespace {

std::string four_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

Result<std::vector<Row>> run(const std::shared_ptr<Device>& device, const Options& options) {
  std::vector<Row> rows;
  const auto limits = measure_limits(device, options, rows);
  if (!limits) return limits.error();
  if (auto done = bench_filter(device, options, *limits, rows); !done) return done.error();
  if (auto done = bench_backproject(device, options, *limits, rows); !done) return done.error();
  return rows;
}

std::string card_line(const DeviceFacts& facts) {
  std::ostringstream text;
  text << "Card: " << facts.name << ", sm_" << facts.compute_major << facts.compute_minor << ", "
       << facts.multiprocessors << " multiprocessors, " << (facts.total_bytes >> 20)
       << " MiB; driver for CUDA " << version_text(facts.driver_version) << ", runtime "
       << version_text(facts.runtime_version) << ".\n";
  return text.str();
}

std::string as_markdown(const DeviceFacts& facts, const std::vector<Row>& rows) {
  std::ostringstream text;
  text << card_line(facts) << "\n| figure | work | measured | promised | | limit in this run |\n"
       << "|---|---|---|---|---|---|\n";
  for (const Row& row : rows) {
    text << "| " << row.name << " | " << row.what << " | " << four_digits(row.value) << ' '
         << row.unit << " | " << row.promise << " | "
         << (row.promise.empty() ? ""
             : row.met           ? "met"
                                 : "**not met**")
         << " | ";
    if (row.limit > 0)
      text << four_digits(row.limit) << ' ' << row.unit << " (" << row.limit_name << ")";
    text << " |\n";
  }
  return text.str();
}

std::string as_json_lines(const std::vector<Row>& rows) {
  std::ostringstream text;
  text.precision(9);
  for (const Row& row : rows)
    text << R"({"name": ")" << row.name << R"(", "work": ")" << row.what << R"(", "value": )"
         << row.value << R"(, "unit": ")" << row.unit << R"(", "promise": ")" << row.promise
         << R"(", "met": )" << (row.met ? "true" : "false") << R"(, "limit": )" << row.limit
         << "}\n";
  return text.str();
}

}  // namespace slicecast::cuda::bench
