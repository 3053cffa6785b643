#include "common/phantom/scan_simulator.h"

#include <string>
#include <vector>

namespace slicecast::phantom {
namespace {

// The raw frame whose transpose, flip_u, flip_v (in this order) is `upright`.
void lay_down(const geometry::ScanGeometry& g, ImageView<const float> upright,
              ImageView<float> raw) {
  for (int r = 0; r < raw.rows; ++r)
    for (int c = 0; c < raw.columns; ++c) {
      int row = g.transpose ? c : r, column = g.transpose ? r : c;
      if (g.flip_u) column = upright.columns - 1 - column;
      if (g.flip_v) row = upright.rows - 1 - row;
      raw(r, c) = upright(row, column);
    }
}

}  // namespace

Result<ScanSimulator> ScanSimulator::create(Phantom phantom, geometry::ScanGeometry geometry,
                                            NoiseModel noise, std::uint64_t seed) {
  if (auto ok = geometry::validate(geometry); !ok) return ok.error();
  if (auto ok = phantom::validate(phantom); !ok) return ok.error();
  if (auto ok = phantom::validate(noise, geometry.rows, geometry.columns); !ok) return ok.error();
  return ScanSimulator(std::move(phantom), std::move(geometry), noise, seed);
}

ScanSimulator::ScanSimulator(Phantom phantom, geometry::ScanGeometry geometry,
                             const NoiseModel& noise, std::uint64_t seed)
    : phantom_(std::move(phantom)),
      geometry_(std::move(geometry)),
      detector_(std::make_shared<NoisyDetector>(noise, geometry_.rows, geometry_.columns, seed)) {}

Result<void> ScanSimulator::check_size(int rows, int columns) const {
  if (rows == geometry_.rows && columns == geometry_.columns) return {};
  return Error{Errc::invalid_argument,
               "a frame of this scan has " + std::to_string(geometry_.rows) + " x " +
                   std::to_string(geometry_.columns) + " pixels, not " + std::to_string(rows) +
                   " x " + std::to_string(columns) + "; pass an image of that size"};
}

Result<void> ScanSimulator::line_integrals(std::uint64_t id, std::optional<double> angle_rad,
                                           double time_s, ImageView<float> raw) const {
  if (auto ok = check_size(raw.rows, raw.columns); !ok) return ok.error();
  const auto projection = projection_of(geometry_, id, angle_rad);
  if (!projection) return projection.error();
  if (!geometry_.transpose && !geometry_.flip_u && !geometry_.flip_v) {
    project(phantom_, *projection, time_s, raw);
    return {};
  }
  const int rows = upright_rows(geometry_), columns = upright_columns(geometry_);
  std::vector<float> pixels(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  const ImageView<float> upright(pixels.data(), rows, columns);
  project(phantom_, *projection, time_s, upright);
  lay_down(geometry_, upright, raw);
  return {};
}

Result<void> ScanSimulator::projection(std::uint64_t id, std::optional<double> angle_rad,
                                       double time_s, ImageView<std::uint16_t> raw) const {
  if (auto ok = check_size(raw.rows, raw.columns); !ok) return ok.error();
  std::vector<float> pixels(static_cast<std::size_t>(raw.rows) *
                            static_cast<std::size_t>(raw.columns));
  const ImageView<float> lines(pixels.data(), raw.rows, raw.columns);
  if (auto ok = line_integrals(id, angle_rad, time_s, lines); !ok) return ok.error();
  detector_->expose(NoisyDetector::Kind::projection, id, lines, raw);
  return {};
}

Result<void> ScanSimulator::dark(std::uint64_t id, ImageView<std::uint16_t> raw) const {
  if (auto ok = check_size(raw.rows, raw.columns); !ok) return ok.error();
  detector_->expose(NoisyDetector::Kind::dark, id, {}, raw);
  return {};
}

Result<void> ScanSimulator::flat(std::uint64_t id, ImageView<std::uint16_t> raw) const {
  if (auto ok = check_size(raw.rows, raw.columns); !ok) return ok.error();
  detector_->expose(NoisyDetector::Kind::flat, id, {}, raw);
  return {};
}

}  // namespace slicecast::phantom
