// Figures on recorded scans, against filtered backprojection by definition in double precision.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/acceptance/fbp_definition.h"
#include "common/acceptance/figures.h"
#include "common/acceptance/simulated_scan.h"
#include "common/offline/offline_axis.h"

namespace slicecast::acceptance {
namespace {

constexpr int kToothColumns = 640, kToothProjections = 181;
constexpr double kToothAxis = 296;

template <class T>
std::vector<double> as_doubles(const std::vector<std::byte>& bytes) {
  std::vector<double> values(bytes.size() / sizeof(T));
  const T* pixels = reinterpret_cast<const T*>(bytes.data());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(pixels[i]);
  return values;
}

Result<std::vector<double>> pixels_of(const offline::ScanFrames& frames, io::FrameKind kind,
                                      std::size_t index) {
  if (frames.pixel_type != PixelType::f32 && frames.pixel_type != PixelType::u16)
    return Error{Errc::unsupported, "the recorded scan has neither float32 nor uint16 pixels"};
  std::vector<std::byte> raw(frames.frame_bytes());
  if (auto ok = frames.read({kind, static_cast<std::uint32_t>(index)}, raw); !ok) return ok.error();
  return frames.pixel_type == PixelType::f32 ? as_doubles<float>(raw)
                                             : as_doubles<std::uint16_t>(raw);
}

Result<std::vector<double>> mean_of(const offline::ScanFrames& frames, io::FrameKind kind,
                                    std::size_t count) {
  auto mean = pixels_of(frames, kind, 0);
  for (std::size_t i = 1; mean && i < count; ++i) {
    const auto frame = pixels_of(frames, kind, i);
    if (!frame) return frame.error();
    std::ranges::transform(*mean, *frame, mean->begin(), std::plus<>());
  }
  if (mean)
    for (double& value : *mean) value /= static_cast<double>(count);
  return mean;
}

// -log((frame - dark)/(flat - dark)), the ratio clipped at 1e-6, all in double precision.
Result<RowScan> row_of(const offline::ScanFrames& frames, int row) {
  const int columns = frames.geometry.columns;
  const auto dark = mean_of(frames, io::FrameKind::dark, frames.darks);
  if (!dark) return dark.error();
  const auto flat = mean_of(frames, io::FrameKind::flat, frames.flats);
  if (!flat) return flat.error();
  RowScan scan;
  scan.columns = columns;
  scan.angles_rad = frames.angles_rad;
  for (std::size_t p = 0; p < frames.projections(); ++p) {
    const auto frame = pixels_of(frames, io::FrameKind::projection, p);
    if (!frame) return frame.error();
    for (int c = 0; c < columns; ++c) {
      const auto k = static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                     static_cast<std::size_t>(c);
      const double ratio = ((*frame)[k] - (*dark)[k]) / ((*flat)[k] - (*dark)[k]);
      scan.lines.push_back(-std::log(std::max(ratio, 1e-6)));
    }
  }
  return scan;
}

// The slice of detector row `row` with the options' store, pixel 1.
Result<std::vector<float>> slice_of(const offline::ScanFrames& frames,
                                    const offline::Options& options, int row, int size) {
  const double z = (frames.geometry.rows - 1) / 2.0 - row;
  const double pixel = frames.geometry.pixel_mm;
  const auto grid = geometry::volume_grid(size, size, 1, pixel, {0, 0, z * pixel});
  const auto scan = offline::filter_scan(frames, options);
  if (!scan) return scan.error();
  auto slice = sampled(*scan, grid);
  for (float& value : slice) value *= static_cast<float>(pixel);
  return slice;
}

// A file, its frames, and one row of them; the frames borrow the file.
struct Recorded {
  io::ScanFile file;
  offline::ScanFrames frames;
  RowScan row;
};

Result<std::unique_ptr<Recorded>> tooth_row(const std::filesystem::path& path) {
  auto file = io::ScanFile::open(path);
  if (!file) return file.error();
  auto tooth = std::make_unique<Recorded>(Recorded{*std::move(file), {}, {}});
  auto frames = offline::frames_of(tooth->file);
  if (!frames) return frames.error();
  tooth->frames = *std::move(frames);
  tooth->frames.geometry.axis_column = kToothAxis;
  auto row = row_of(tooth->frames, 0);
  if (!row) return row.error();
  tooth->row = *std::move(row);
  tooth->row.axis_column = kToothAxis;
  tooth->row.weights_rad.assign(kToothProjections, M_PI / kToothProjections);
  return tooth;
}

}  // namespace

Result<ToothDifference> tooth_difference(const std::filesystem::path& path) {
  const auto tooth = tooth_row(path);
  if (!tooth) return tooth.error();
  const auto truth = fbp_by_definition((*tooth)->row, kToothColumns, ram_lak_kernel(kToothColumns));
  auto options = exact_options();
  const auto single = slice_of((*tooth)->frames, options, 0, kToothColumns);
  if (!single) return single.error();
  options.store = recon::StoreType::half_precision;
  const auto half = slice_of((*tooth)->frames, options, 0, kToothColumns);
  if (!half) return half.error();
  return ToothDifference{relative_rmse(*single, truth), relative_rmse(*half, truth)};
}

Result<ToothFilters> tooth_filters(const std::filesystem::path& path) {
  const auto tooth = tooth_row(path);
  if (!tooth) return tooth.error();
  constexpr int kSize = 200;
  const auto ours = slice_of((*tooth)->frames, exact_options(), 0, kSize);
  if (!ours) return ours.error();
  const auto difference = [&](const std::vector<double>& kernel) {
    return relative_rmse(*ours, fbp_by_definition((*tooth)->row, kSize, kernel));
  };
  // Rows padded to 1024 wrap around.
  const auto plain = ram_lak_kernel(1025);
  auto wrapped = plain;
  for (int k = 1; k < kToothColumns; ++k)
    wrapped[static_cast<std::size_t>(k)] += plain[static_cast<std::size_t>(1024 - k)];
  // |f| sampled in the Fourier domain at the right length.
  std::vector<double> ramp(kToothColumns, 0.0);
  for (int n = 0; n < kToothColumns; ++n)
    for (int k = -1023; k <= 1024; ++k)
      ramp[static_cast<std::size_t>(n)] +=
          std::abs(k) / 2048.0 * std::cos(2 * M_PI * k * n / 2048) / 2048;
  return ToothFilters{difference(ram_lak_kernel(kToothColumns)), difference(wrapped),
                      difference(ramp)};
}

Result<double> tooth_axis_error(const std::filesystem::path& path) {
  const auto file = io::ScanFile::open(path);
  if (!file) return file.error();
  const auto frames = offline::frames_of(*file);
  if (!frames) return frames.error();
  const auto offer = offline::find_axis(*frames, exact_options());
  if (!offer) return offer.error();
  if (offer->method != recon::AxisMethod::slices)
    return Error{Errc::unsupported, "the axis was not found on slices"};
  return std::abs(offer->column - kToothAxis);
}

Result<double> diad_difference(const std::filesystem::path& path) {
  const auto file = io::ScanFile::open(path);
  if (!file) return file.error();
  auto frames = offline::frames_of(*file);
  if (!frames) return frames.error();
  constexpr int kRow = 10;
  auto scan = row_of(*frames, kRow);
  if (!scan) return scan.error();
  if (scan->angles_rad.size() != 3001)
    return Error{Errc::malformed, "the diad scan has not 3001 projections; see its README"};
  scan->axis_column = (frames->geometry.columns - 1) / 2.0;
  frames->geometry.axis_column = scan->axis_column;
  // The encoder's steps jitter by 0.2 %: half of the two neighbouring gaps, modulo half a turn.
  const auto& a = scan->angles_rad;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double before = i > 0 ? a[i - 1] : a.back() - M_PI;
    const double after = i + 1 < a.size() ? a[i + 1] : a.front() + M_PI;
    scan->weights_rad.push_back((after - before) / 2);
  }
  const int columns = frames->geometry.columns;
  const auto truth = fbp_by_definition(*scan, columns, ram_lak_kernel(columns));
  const auto slice = slice_of(*frames, exact_options(), kRow, columns);
  if (!slice) return slice.error();
  return relative_rmse(*slice, truth);
}

}  // namespace slicecast::acceptance
