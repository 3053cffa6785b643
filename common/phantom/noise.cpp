#include "common/phantom/noise.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_set>

#include "common/phantom/random.h"

namespace slicecast::phantom {
namespace {

// Fourth counter word: which pattern or which kind of frame a random number is for.
constexpr std::uint32_t kPixelPattern = 16, kColumnPattern = 17, kDefects = 18;

// Gain pattern values stay within 4 standard deviations so that no gain is negative.
double bounded_normal(std::uint32_t high, std::uint32_t low) {
  return std::clamp(normal_quantile(uniform(high, low)), -4.0, 4.0);
}

}  // namespace

Result<void> validate(const NoiseModel& m, int rows, int columns) {
  const auto refused = [](std::string message) {
    return Error{Errc::invalid_argument, std::move(message)};
  };
  if (!(m.incident_counts > 0) || !std::isfinite(m.incident_counts))
    return refused("incident_counts must be > 0; 20000 is usual for 16-bit frames");
  for (double counts : {m.dark_counts, m.dark_pattern_counts, m.read_noise_counts})
    if (!(counts >= 0) || !std::isfinite(counts))
      return refused("dark counts, dark pattern and read noise must be >= 0 counts");
  if (!(m.beam_falloff >= 0 && m.beam_falloff < 1))
    return refused("beam_falloff must lie in [0, 1): the share of the beam lost at the corners");
  for (double pattern : {m.column_pattern, m.pixel_pattern})
    if (!(pattern >= 0 && pattern <= 0.1))
      return refused("column_pattern and pixel_pattern must lie in [0, 0.1]");
  if (m.dead_pixels < 0 || m.hot_pixels < 0 ||
      std::int64_t{m.dead_pixels} + m.hot_pixels > std::int64_t{rows} * columns / 4)
    return refused("dead and hot pixels must be >= 0 and at most a quarter of " +
                   std::to_string(std::int64_t{rows} * columns) + " pixels");
  return {};
}

NoisyDetector::NoisyDetector(const NoiseModel& model, int rows, int columns, std::uint64_t seed)
    : model_(model), rows_(rows), columns_(columns), seed_(seed) {
  const std::size_t pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  gain_.resize(pixels);
  dark_.resize(pixels);
  std::vector<double> column_gain;
  for (int c = 0; c < columns; ++c) {
    const auto words = philox({static_cast<std::uint32_t>(c), 0, 0, kColumnPattern}, seed);
    column_gain.push_back(1 + model.column_pattern * bounded_normal(words[0], words[1]));
  }
  std::size_t i = 0;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c, ++i) {
      const auto words = philox({static_cast<std::uint32_t>(i), 0, 0, kPixelPattern}, seed);
      const double y = (2 * r + 1.0) / rows - 1, x = (2 * c + 1.0) / columns - 1;
      const double beam = 1 - model.beam_falloff * (x * x + y * y) / 2;
      const double pixel = 1 + model.pixel_pattern * bounded_normal(words[0], words[1]);
      gain_[i] = static_cast<float>(beam * column_gain[static_cast<std::size_t>(c)] * pixel);
      dark_[i] = static_cast<float>(std::max(
          0.0, model.dark_counts + model.dark_pattern_counts * bounded_normal(words[2], words[3])));
    }
  std::unordered_set<std::uint32_t> taken;
  const auto wanted = static_cast<std::size_t>(model.dead_pixels + model.hot_pixels);
  for (std::uint32_t n = 0; taken.size() < wanted; ++n) {
    const auto words = philox({n, 0, 0, kDefects}, seed);
    const auto pixel = static_cast<std::uint32_t>((std::uint64_t{words[0]} * pixels) >> 32);
    if (!taken.insert(pixel).second) continue;
    const bool dead = dead_.size() < static_cast<std::size_t>(model.dead_pixels);
    (dead ? dead_ : hot_).push_back(pixel);
  }
}

float NoisyDetector::gain(int row, int column) const {
  return gain_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
               static_cast<std::size_t>(column)];
}

void NoisyDetector::expose(Kind kind, std::uint64_t id, ImageView<const float> line_integrals,
                           ImageView<std::uint16_t> counts) const {
  const auto id_low = static_cast<std::uint32_t>(id),
             id_high = static_cast<std::uint32_t>(id >> 32);
  tbb::parallel_for(tbb::blocked_range<int>(0, rows_, 8), [&](const auto& range) {
    for (int r = range.begin(); r != range.end(); ++r) {
      auto i = static_cast<std::uint32_t>(r) * static_cast<std::uint32_t>(columns_);
      for (int c = 0; c < columns_; ++c, ++i) {
        const auto words = philox({i, id_low, id_high, static_cast<std::uint32_t>(kind)}, seed_);
        double value = dark_[i];
        if (kind != Kind::dark) {
          double mean = model_.incident_counts * static_cast<double>(gain_[i]);
          if (kind == Kind::projection) mean *= std::exp(-double(line_integrals(r, c)));
          value += model_.shot_noise ? poisson_quantile(mean, uniform(words[0], words[1])) : mean;
        }
        if (model_.read_noise_counts > 0)
          value += model_.read_noise_counts * normal_quantile(uniform(words[2], words[3]));
        counts(r, c) = static_cast<std::uint16_t>(std::clamp(value + 0.5, 0.0, 65535.0));
      }
    }
  });
  for (std::uint32_t pixel : dead_)
    counts(static_cast<int>(pixel) / columns_, static_cast<int>(pixel) % columns_) = 0;
  for (std::uint32_t pixel : hot_)
    counts(static_cast<int>(pixel) / columns_, static_cast<int>(pixel) % columns_) = 65535;
}

}  // namespace slicecast::phantom
