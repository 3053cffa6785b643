#include "common/offline/offline_axis.h"

#include <algorithm>
#include <cmath>

namespace slicecast::offline {
namespace {

constexpr int kRows = 4;
constexpr std::size_t kMostProjections = 512;

// Rows next to where the rays run perpendicular to the axis.
std::vector<int> rows_at_mid_height(const ScanFrames& frames,
                                    const recon::ProcessedLayout& layout) {
  const double upright = geometry::principal_row(frames.geometry);
  const double middle = layout.scale * upright + layout.shift_v;
  const int count = std::min(kRows, layout.line_rows);
  const int first = std::clamp(static_cast<int>(std::lround(middle - (count - 1) / 2.0)), 0,
                               layout.line_rows - count);
  std::vector<int> rows;
  for (int i = 0; i < count; ++i) rows.push_back(first + i);
  return rows;
}

}  // namespace

Result<recon::AxisOffer> find_axis(const ScanFrames& frames, const Options& options) {
  // Before the axis: without different angles there is none to find, nor anything to make of it.
  if (auto differ = check_angles(frames); !differ) return differ.error();
  // Nobody is told here: the same choice is made again, and told, when the scan is filtered.
  const auto backend = recon::FallbackBackend::create(options.backend, nullptr);
  if (!backend) return backend.error();
  auto desc = describe(frames, options);
  if (!desc) return desc.error();
  desc->parameters.ring_correction = false;
  desc->coverage = recon::Coverage::full_turn;  // no widening; weights are not applied to lines
  auto processor = (*backend)->make_processor(*desc);
  if (!processor) return processor.error();
  const auto& layout = (*processor)->layout();
  const auto rows = rows_at_mid_height(frames, layout);

  const std::size_t stride = (frames.projections() + kMostProjections - 1) / kMostProjections;
  std::vector<double> angles;
  std::vector<float> lines;
  std::vector<std::byte> raw(frames.frame_bytes());
  const auto columns = static_cast<std::size_t>(layout.line_columns);
  std::vector<float> image(static_cast<std::size_t>(layout.line_rows) * columns);
  for (std::size_t i = 0; i < frames.projections(); i += std::max<std::size_t>(stride, 1)) {
    auto read = frames.read({io::FrameKind::projection, static_cast<std::uint32_t>(i)}, raw);
    if (!read) return read.error();
    (*processor)->line_integrals(raw.data(), {image.data(), layout.line_rows, layout.line_columns});
    for (int row : rows) {
      const auto first =
          image.begin() + static_cast<std::ptrdiff_t>(row) * static_cast<std::ptrdiff_t>(columns);
      lines.insert(lines.end(), first, first + static_cast<std::ptrdiff_t>(columns));
    }
    angles.push_back(frames.angles_rad[i]);
  }

  recon::AxisInput input;
  input.lines = lines;
  input.projections = static_cast<int>(angles.size());
  input.rows = static_cast<int>(rows.size());
  input.columns = layout.line_columns;
  input.angles_rad = angles;
  input.geometry = recon::processed_geometry(frames.geometry);
  // No coverage without overlap widens rows here, so the layout's map is that of the lines.
  input.column_scale = 1 / layout.scale;
  input.column_origin = -layout.shift_u / layout.scale;
  return recon::find_axis(input);
}

}  // namespace slicecast::offline
