// One batch of frames on its way over the card: a stream, pinned memory on the host and memory on
// the card, kept for the next batch. A call takes a lane for its duration.
#pragma once

#include <memory>

#include "cuda/device/leases.h"
#include "cuda/process/fourier.h"

namespace slicecast::cuda {

struct Lane {
  Stream stream;
  GrowingOnHost staged_raw, staged_numbers, staged_out;
  GrowingOnCard raw, numbers, patched, transmissions, cleaned, lines, straight, out;
  GrowingOnCard mirrored, spectrum, long_rows;
  std::unique_ptr<ImageFourier> image_fourier;
  std::unique_ptr<RowFourier> row_fourier;  // for `row_fourier_rows` rows
  int row_fourier_rows = 0, row_fourier_length = 0;
};

// Three hide the copies behind the kernels.
inline constexpr int kMostLanes = 3;
Result<Lane> make_lane(Device& device);

}  // namespace slicecast::cuda
