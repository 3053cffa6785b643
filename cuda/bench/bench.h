// Figures of a card: each a median of many launches by the card's own events after warm-up, beside
// the limits measured in the same run. No data files, no network.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/recon/kernel_config.h"
#include "cuda/device/device.h"

namespace slicecast::cuda::bench {

struct Options {
  recon::CudaKernels kernels;
  double scale = 1;    // of sizes; 1 is what is promised
  int repeats = 30;    // launches of which the median counts
  bool sweep = false;  // every instance of the table, too
};

struct Row {
  std::string name;  // "cuda.slices_1024_axial"
  std::string what;  // the work, with its real sizes
  double value = 0;
  std::string unit;
  std::string promise;  // "<= 6 ms"; empty: none
  bool met = true;
  double limit = 0;  // in the row's unit; 0: none
  std::string limit_name;
};

// What the card can do at best.
struct Limits {
  double copy_gb_per_s = 0;    // bytes read and written by a copying kernel
  double fetch_per_s[6] = {};  // of each Reading: interpolated fetches that hit the caches
};

// Median milliseconds of `enqueue` on `stream`.
Result<double> median_ms(Device& device, const Stream& stream, int repeats,
                         const std::function<Result<void>()>& enqueue);

Result<Limits> measure_limits(const std::shared_ptr<Device>& device, const Options& options,
                              std::vector<Row>& rows);
Result<void> bench_filter(const std::shared_ptr<Device>& device, const Options& options,
                          const Limits& limits, std::vector<Row>& rows);
Result<void> bench_backproject(const std::shared_ptr<Device>& device, const Options& options,
                               const Limits& limits, std::vector<Row>& rows);

// All of the above.
Result<std::vector<Row>> run(const std::shared_ptr<Device>& device, const Options& options);

std::string card_line(const DeviceFacts& facts);
// That line with a table of GitHub's markdown, and one JSON object per line.
std::string as_markdown(const DeviceFacts& facts, const std::vector<Row>& rows);
std::string as_json_lines(const std::vector<Row>& rows);

}  // namespace slicecast::cuda::bench
