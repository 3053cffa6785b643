#include <catch2/catch.hpp>
#include <cmath>
#include <optional>

#include "common/offline/offline_axis.h"
#include "tests/support/test_data.h"
#include "tests/unit/accuracy/fbp_definition.h"
#include "tests/unit/accuracy/measures.h"
#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

namespace {

std::optional<io::ScanFile> opened(const char* name) {
  const auto path = testing::test_data(name);
  if (!path) return {};
  auto file = io::ScanFile::open(*path);
  if (!file) FAIL(file.error().message);
  return std::move(*file);
}

template <class T>
std::vector<double> as_doubles(const std::vector<std::byte>& bytes) {
  std::vector<double> values(bytes.size() / sizeof(T));
  const T* pixels = reinterpret_cast<const T*>(bytes.data());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(pixels[i]);
  return values;
}

std::vector<double> pixels_of(const offline::ScanFrames& frames, io::FrameKind kind,
                              std::size_t index) {
  std::vector<std::byte> raw(frames.frame_bytes());
  REQUIRE(frames.read({kind, static_cast<std::uint32_t>(index)}, raw));
  REQUIRE((frames.pixel_type == PixelType::f32 || frames.pixel_type == PixelType::u16));
  return frames.pixel_type == PixelType::f32 ? as_doubles<float>(raw)
                                             : as_doubles<std::uint16_t>(raw);
}

std::vector<double> mean_of(const offline::ScanFrames& frames, io::FrameKind kind,
                            std::size_t count) {
  std::vector<double> mean = pixels_of(frames, kind, 0);
  for (std::size_t i = 1; i < count; ++i) {
    const auto frame = pixels_of(frames, kind, i);
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += frame[k];
  }
  for (double& value : mean) value /= static_cast<double>(count);
  return mean;
}

// -log((frame - dark)/(flat - dark)), the ratio clipped at 1e-6, all in double precision.
RowScan row_of(const offline::ScanFrames& frames, int row) {
  const int columns = frames.geometry.columns;
  const auto dark = mean_of(frames, io::FrameKind::dark, frames.darks);
  const auto flat = mean_of(frames, io::FrameKind::flat, frames.flats);
  RowScan scan;
  scan.columns = columns;
  scan.angles_rad = frames.angles_rad;
  for (std::size_t p = 0; p < frames.projections(); ++p) {
    const auto frame = pixels_of(frames, io::FrameKind::projection, p);
    for (int c = 0; c < columns; ++c) {
      const auto k = static_cast<std::size_t>(row * columns + c);
      scan.lines.push_back(-std::log(std::max((frame[k] - dark[k]) / (flat[k] - dark[k]), 1e-6)));
    }
  }
  return scan;
}

// The slice of detector row `row` with the options' store, pixel 1.
std::vector<float> slice_of(const offline::ScanFrames& frames, const offline::Options& options,
                            int row, int size) {
  const double z = (frames.geometry.rows - 1) / 2.0 - row;
  const double pixel = frames.geometry.pixel_mm;
  const auto grid = geometry::volume_grid(size, size, 1, pixel, {0, 0, z * pixel});
  auto slice = sampled(filtered(frames, options), grid);
  for (float& value : slice) value *= static_cast<float>(pixel);
  return slice;
}

}  // namespace

TEST_CASE("Angles of the file win over a step that is given") {
  const auto file = opened("tooth/tooth.h5");
  if (!file) return;
  CHECK(offline::frames_of(*file, 0.1)->angles_rad == file->description().angles_rad);
}

TEST_CASE("Row 0 of the tooth agrees with the definition over the whole field of view") {
  const auto file = opened("tooth/tooth.h5");
  if (!file) return;
  auto frames = *offline::frames_of(*file);
  frames.geometry.axis_column = 296;
  auto scan = row_of(frames, 0);
  scan.axis_column = 296;
  scan.weights_rad.assign(181, M_PI / 181);
  const auto truth = fbp_by_definition(scan, 640, ram_lak_kernel(640));

  auto options = exact_options();
  const double single = relative_rmse(slice_of(frames, options, 0, 640), truth);
  options.store = recon::StoreType::half_precision;
  const double half = relative_rmse(slice_of(frames, options, 0, 640), truth);
  CAPTURE(single, half);
  CHECK(single <= 1e-5);
  CHECK(half <= 2e-4);
}

TEST_CASE("The tooth figure tells short padding and a sampled ramp from the right filter") {
  const auto file = opened("tooth/tooth.h5");
  if (!file) return;
  auto frames = *offline::frames_of(*file);
  frames.geometry.axis_column = 296;
  auto scan = row_of(frames, 0);
  scan.axis_column = 296;
  scan.weights_rad.assign(181, M_PI / 181);
  constexpr int kSize = 200, kColumns = 640;
  const auto ours = slice_of(frames, exact_options(), 0, kSize);
  CHECK(relative_rmse(ours, fbp_by_definition(scan, kSize, ram_lak_kernel(kColumns))) <= 1e-5);

  // Rows padded to 1024 wrap around.
  const auto plain = ram_lak_kernel(1025);
  auto wrapped = plain;
  for (int k = 1; k < kColumns; ++k)
    wrapped[static_cast<std::size_t>(k)] += plain[static_cast<std::size_t>(1024 - k)];
  CHECK(relative_rmse(ours, fbp_by_definition(scan, kSize, wrapped)) > 1e-5);

  // |f| sampled in the Fourier domain at the right length.
  std::vector<double> sampled_ramp(kColumns, 0.0);
  for (int n = 0; n < kColumns; ++n)
    for (int k = -1023; k <= 1024; ++k)
      sampled_ramp[static_cast<std::size_t>(n)] +=
          std::abs(k) / 2048.0 * std::cos(2 * M_PI * k * n / 2048) / 2048;
  CHECK(relative_rmse(ours, fbp_by_definition(scan, kSize, sampled_ramp)) > 1e-5);
}

TEST_CASE("The automatic axis of the tooth lies within 0.25 columns of 296") {
  const auto file = opened("tooth/tooth.h5");
  if (!file) return;
  const auto offer = offline::find_axis(*offline::frames_of(*file), exact_options());
  REQUIRE(offer);
  CAPTURE(offer->column, offer->uncertainty_px);
  CHECK(offer->method == recon::AxisMethod::slices);
  CHECK(std::abs(offer->column - 296) <= 0.25);
}

TEST_CASE("A row of the diad scan agrees with the definition") {
  const auto file = opened("k11_diad/k11-18014.nxs");
  if (!file) return;
  auto frames = *offline::frames_of(*file);
  constexpr int kRow = 10;
  auto scan = row_of(frames, kRow);
  scan.axis_column = (frames.geometry.columns - 1) / 2.0;
  frames.geometry.axis_column = scan.axis_column;
  REQUIRE(scan.angles_rad.size() == 3001);
  // The encoder's steps jitter by 0.2 %: half of the two neighbouring gaps, modulo half a turn.
  const auto& a = scan.angles_rad;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double before = i > 0 ? a[i - 1] : a.back() - M_PI;
    const double after = i + 1 < a.size() ? a[i + 1] : a.front() + M_PI;
    scan.weights_rad.push_back((after - before) / 2);
  }
  const auto truth =
      fbp_by_definition(scan, frames.geometry.columns, ram_lak_kernel(frames.geometry.columns));
  const double difference =
      relative_rmse(slice_of(frames, exact_options(), kRow, frames.geometry.columns), truth);
  CAPTURE(difference);
  CHECK(difference <= 1e-4);
}
