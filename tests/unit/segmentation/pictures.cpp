#include "tests/unit/segmentation/pictures.h"

#include <cmath>
#include <limits>
#include <random>

#include "common/recon/cpu/targets.h"

namespace slicecast::testing {

segmentation::Field Picture::field() const {
  segmentation::Field field{{values.data(), rows, columns}};
  if (!mask.empty()) field.mask = {mask.data(), rows, columns};
  return field;
}

Picture blobs(int rows, int columns, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::normal_distribution<float> noise(0, 0.15f);
  struct Blob {
    float row, column, radius;
  };
  std::vector<Blob> all;
  for (int k = 0; k < 12; ++k)
    all.push_back({uniform(random) * static_cast<float>(rows),
                   uniform(random) * static_cast<float>(columns), 2 + 6 * uniform(random)});
  Picture picture{rows, columns, {}};
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      float value = 0.2f;
      for (const auto& blob : all)
        if (std::hypot(static_cast<float>(r) - blob.row, static_cast<float>(c) - blob.column) <
            blob.radius)
          value = 1;
      picture.values.push_back(value + noise(random));
    }
  }
  return picture;
}

Picture holed(int rows, int columns, unsigned seed) {
  Picture picture = blobs(rows, columns, seed);
  std::mt19937 random(seed + 1000);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      picture.mask.push_back(std::hypot(r - rows / 2.0, c - columns / 2.0) < columns / 2.2 ? 9 : 0);
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    if (picture.mask[i] == 0) picture.values[i] = 50;  // what the mask hides must not count
    if (random() % 97 == 0) picture.values[i] = std::numeric_limits<float>::quiet_NaN();
    if (random() % 211 == 0) picture.values[i] = std::numeric_limits<float>::infinity();
  }
  return picture;
}

Picture constant(int rows, int columns, float value) {
  return {rows, columns, std::vector<float>(static_cast<std::size_t>(rows * columns), value)};
}

double agreement(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) equal += a[i] == b[i] ? 1 : 0;
  return a.size() == b.size() ? static_cast<double>(equal) / static_cast<double>(a.size()) : 0;
}

void on_every_target(const std::function<void(const std::string&)>& body) {
  for (const auto& target : recon::available_simd_targets()) {
    recon::force_simd_target(target);
    body(target);
  }
  recon::force_simd_target("");
}

}  // namespace slicecast::testing
