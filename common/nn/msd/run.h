// Carries out a plan on one slice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/base/image_view.h"
#include "common/nn/msd/padded_planes.h"
#include "common/nn/msd/plan.h"

namespace slicecast::nn::msd {

struct Slice {
  std::span<const ImageView<const float>> channels;
  std::span<const ImageView<float>> outputs;  // empty: labels are wanted
  ImageView<std::uint8_t> labels;
  float* sums = nullptr;  // of the outputs: one plane of `rows` times `stride` floats per channel
  std::ptrdiff_t stride = 0;
};

// Rows [begin, end) of one step, borders included.
void run_step(const Plan& plan, const Step& step, const Slice& slice, const PaddedPlanes& planes,
              int begin, int end);

void run_swept(const Plan& plan, const Slice& slice, const PaddedPlanes& planes, int threads);

// Into how many chunks of rows a streamed run is cut, each with planes of its own; 1 if swept.
int stream_chunks(const Plan& plan, int rows, int threads);
void run_streamed(const Plan& plan, const Slice& slice, std::span<const PaddedPlanes> planes);

}  // namespace slicecast::nn::msd
