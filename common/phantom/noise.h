// What a detector adds to the truth. All of it is a pure function of (seed, kind, frame id, pixel).
//
//   counts = Poisson(I0 * gain(pixel) * exp(-line integral)) + dark(pixel) + read noise,
// rounded and clipped to 0..65535; dead pixels read 0, hot pixels 65535. The gain and dark patterns
// and the defects belong to the seed and are the same in every frame.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/base/error.h"
#include "common/base/image_view.h"

namespace slicecast::phantom {

struct NoiseModel {
  double incident_counts = 20000;  // I0 at gain 1
  bool shot_noise = true;          // Poisson; false: the mean
  double dark_counts = 100;        // mean offset
  double dark_pattern_counts = 5;  // standard deviation of the offset from pixel to pixel
  double read_noise_counts = 3;    // standard deviation from frame to frame
  double beam_falloff = 0.25;      // smooth part: gain loss at the corners against the middle
  double column_pattern = 0.02;    // standard deviation of the gain from column to column
  double pixel_pattern = 0.01;     // standard deviation of the gain from pixel to pixel
  int dead_pixels = 20;
  int hot_pixels = 5;
};

// Counts below 0, fractions outside [0, 1), more defects than pixels, ... with the remedy.
Result<void> validate(const NoiseModel& model, int rows, int columns);

// A detector with its fixed patterns worked out once. Immutable, for any thread.
class NoisyDetector {
 public:
  enum class Kind : std::uint32_t { projection = 0, dark = 1, flat = 2 };

  NoisyDetector(const NoiseModel& model, int rows, int columns, std::uint64_t seed);

  // Counts of one frame of rows x columns pixels; `line_integrals` is used by projections only.
  void expose(Kind kind, std::uint64_t id, ImageView<const float> line_integrals,
              ImageView<std::uint16_t> counts) const;

  float gain(int row, int column) const;                         // of that pixel, without defects
  std::span<const std::uint32_t> dead() const { return dead_; }  // row * columns + column
  std::span<const std::uint32_t> hot() const { return hot_; }

 private:
  NoiseModel model_;
  int rows_, columns_;
  std::uint64_t seed_;
  std::vector<float> gain_, dark_;
  std::vector<std::uint32_t> dead_, hot_;
};

}  // namespace slicecast::phantom
