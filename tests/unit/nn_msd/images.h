// Images, targets and runs that the tests of the engine share.
#pragma once

#include <string>
#include <vector>

#include "common/base/image_view.h"
#include "common/nn/msd/engine.h"
#include "common/recon/cpu/targets.h"

namespace slicecast::nn::msd {

class OnTarget {
 public:
  explicit OnTarget(const std::string& name) : available_(recon::force_simd_target(name)) {}
  ~OnTarget() { recon::force_simd_target(""); }
  OnTarget(const OnTarget&) = delete;
  OnTarget& operator=(const OnTarget&) = delete;
  bool available() const { return available_; }

 private:
  bool available_;
};

// Planes of one size in one piece of memory.
template <class T>
class Images {
 public:
  Images(int count, int rows, int columns)
      : pixels(static_cast<std::size_t>(count) * static_cast<std::size_t>(rows) *
               static_cast<std::size_t>(columns)) {
    for (int i = 0; i < count; ++i)
      views.emplace_back(pixels.data() + static_cast<std::ptrdiff_t>(i) * rows * columns, rows,
                         columns);
  }
  std::vector<T> pixels;
  std::vector<ImageView<T>> views;
};

// The same reproducible noise in [-1, 1) for every test.
Images<float> noise(int count, int rows, int columns);
std::vector<ImageView<const float>> read_only(const Images<float>& images);

// Output of the engine on `threads` threads; requires that it runs.
Images<float> run_engine(const Network& network, const Images<float>& input, int threads);
Images<std::uint8_t> run_engine_labels(const Network& network, const Images<float>& input,
                                       int threads);

// Largest |a - b| over the largest |b|, at least 1.
double difference(const std::vector<float>& a, const std::vector<double>& b);

}  // namespace slicecast::nn::msd
