// Images made from several frames: mean dark and flat, and the ring profile of a window.
#include <cmath>
#include <random>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {

TEST_CASE("nothing added gives no mean and no profile") {
  FrameMean mean(parallel_scan(2, 3));
  CHECK(mean.mean() == nullptr);
  CHECK(mean.count() == 0);
  RingEstimate rings(2, 3);
  CHECK(rings.profile() == nullptr);
}

TEST_CASE("the mean of frames of any pixel type is upright") {
  geometry::ScanGeometry g = parallel_scan(2, 3);
  g.transpose = true;
  g.flip_u = true;
  for (int type = 0; type <= static_cast<int>(PixelType::f64); ++type) {
    const auto pixel_type = static_cast<PixelType>(type);
    INFO(to_string(pixel_type));
    FrameMean mean(g);
    mean.add(frame_of(pixel_type, {1, 2, 3, 4, 5, 6}).data(), pixel_type);
    mean.add(frame_of(pixel_type, {2, 3, 4, 5, 6, 7}).data(), pixel_type);
    CHECK(mean.count() == 2);
    // Transposed {1 4; 2 5; 3 6}, mirrored {4 1; 5 2; 6 3}.
    CHECK(*mean.mean() == FloatImage{4.5, 1.5, 5.5, 2.5, 6.5, 3.5});
    mean.clear();
    CHECK(mean.mean() == nullptr);
  }
}

TEST_CASE("a constant offset of single columns is removed, what is smooth is kept") {
  const int rows = 3, columns = 80;
  std::vector<float> offset(rows * columns);
  offset[0 * columns + 30] = 0.1F;
  offset[1 * columns + 50] = -0.2F;
  RingEstimate rings(rows, columns);
  std::vector<float> frame(rows * columns);
  for (int angle = 0; angle < 40; ++angle) {
    for (int i = 0; i < rows * columns; ++i)
      frame[i] = static_cast<float>(1 + 0.01 * (i % columns)) + offset[i];
    rings.add({frame.data(), rows, columns});
  }
  CHECK(rings.count() == 40);
  const auto profile = rings.profile();
  for (int i = 0; i < rows * columns; ++i) {
    const int c = i % columns;
    if (c < 14 || c >= columns - 14) continue;  // the box repeats edge values
    const float left = offset[i] - (*profile)[i];
    CHECK(std::abs(left) < 0.15 * 0.2);
    if (offset[i] != 0) CHECK(std::abs(left) < 0.1 * std::abs(offset[i]));
  }
}

TEST_CASE("an estimate from corrected frames replaces the profile it was corrected with") {
  const int columns = 60;
  ProcessDesc desc = linear_desc(parallel_scan(1, columns));
  std::mt19937 random(5);
  std::normal_distribution<double> noise(0, 0.05);
  std::vector<double> values(columns);
  for (double& value : values) value = 1 + noise(random);
  const auto raw = frame_of(PixelType::f32, values);

  const auto estimate = [&](const ProcessDesc& with) {
    const Output lines = line_image(*cpu_of(with), raw.data());
    RingEstimate rings(1, columns, 15, with.parameters.ring_correction ? with.ring : nullptr);
    rings.add({lines.pixels.data(), 1, columns});
    return rings.profile();
  };
  const auto first = estimate(desc);
  desc.parameters.ring_correction = true;
  desc.ring = first;
  const auto second = estimate(desc);
  for (int c = 0; c < columns; ++c) CHECK((*second)[c] == Approx((*first)[c]).margin(1e-6));
}

TEST_CASE("the profile is subtracted after binning and region, only when asked for") {
  ProcessDesc desc = linear_desc(parallel_scan(4, 6));
  desc.parameters.binning = 2;
  desc.ring = std::make_shared<FloatImage>(FloatImage{0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F});
  const auto raw = frame_of(PixelType::f32, std::vector<double>(24, 2.0));
  for (const bool on : {false, true}) {
    desc.parameters.ring_correction = on;
    for (const auto& processor : {reference_of(desc), cpu_of(desc)}) {
      const Output out = line_image(*processor, raw.data());
      for (int i = 0; i < 6; ++i)
        CHECK(out.pixels[i] == Approx(on ? 2 - 0.1 * (i + 1) : 2.0).epsilon(1e-6));
    }
  }
}

}  // namespace slicecast::recon::test
