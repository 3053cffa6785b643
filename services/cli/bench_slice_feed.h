// Ready-made slices at a steady rate in the place of a slice server, so that a figure of the viewer
// is not one of the reconstruction: three orthogonal planes of waves, two images each in turn. A
// service of kind `slice` with a feed; poses cannot be set. Owns one named thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/service/service.h"
#include "common/wire/feed.h"

namespace slicecast::cli {

class BenchSliceFeed {
 public:
  static constexpr int kSlices = 3;
  struct Options {
    int side = 2048;      // pixels
    double rate_hz = 10;  // of each slice; all three at the same moment
  };
  // `context` must outlive the feed. Announced at the hub once it has started.
  static Result<std::unique_ptr<BenchSliceFeed>> start(wire::Context& context,
                                                       const std::string& hub, Options options);
  ~BenchSliceFeed();  // stops and joins
  BenchSliceFeed(const BenchSliceFeed&) = delete;
  BenchSliceFeed& operator=(const BenchSliceFeed&) = delete;

 private:
  explicit BenchSliceFeed(Options options);
  Result<void> open(wire::Context& context, const std::string& hub);
  void publish_scene();
  void publish_slice(int slice, std::uint64_t turn);
  void run(const std::stop_token& stop);

  const Options options_;
  const std::uint64_t instance_;
  std::vector<ConstBufferPtr> images_;  // [turn][slice]
  std::unique_ptr<wire::FeedProducer> feed_;
  std::unique_ptr<service::ServiceFrame> frame_;
  std::jthread thread_;
};

}  // namespace slicecast::cli
