// Estimates the ring profile of the raw window. Owned and called by the background thread.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "services/projection/pipeline.h"

namespace slicecast::projection {

class RingWatch {
 public:
  explicit RingWatch(Pipeline& pipeline) : pipeline_(pipeline) {}

  // Once a whole window is there, and again when another one has passed; a profile that hardly
  // differs from the one in use is not worth an epoch.
  void look(const WindowView& view, int width, std::stop_token stop);

 private:
  Pipeline& pipeline_;
  std::shared_ptr<const recon::FloatImage> used_;
  std::uint64_t newest_ = 0;
  int width_ = 0;
};

// Root mean square of `b - a` over that of `a`; infinite when `a` is missing or of another size.
double relative_change(const recon::FloatImage* a, const recon::FloatImage& b);

}  // namespace slicecast::projection
