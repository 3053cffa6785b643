#include <cmath>
#include <string>

#include "common/geometry/projection_frame.h"

namespace slicecast::geometry {
namespace {

Error refused(std::string message) {
  return {Errc::invalid_argument, std::move(message)};
}

bool finite(const std::optional<double>& value) {
  return !value || std::isfinite(*value);
}

Result<void> validate_cone(const ScanGeometry& g) {
  if (!(g.source_axis_mm > 0) || !std::isfinite(g.source_axis_mm))
    return refused("a cone beam needs source_axis_mm > 0 (the source-axis distance); set it");
  if (!(g.source_detector_mm > g.source_axis_mm) || !std::isfinite(g.source_detector_mm))
    return refused(
        "a cone beam needs source_detector_mm > source_axis_mm (the detector is behind the axis); "
        "correct the two distances");
  return {};
}

Result<void> validate_vectors(const ScanGeometry& g) {
  for (std::size_t i = 0; i < g.vectors.size(); ++i) {
    const std::string name = "measured vector " + std::to_string(i);
    const auto& a = g.vectors[i].v;
    for (double number : a)
      if (!std::isfinite(number)) return refused(name + " is not finite; measure it again");
    const Vec3 u{a[6], a[7], a[8]}, v{a[9], a[10], a[11]};
    const Vec3 corner = Vec3{a[3], a[4], a[5]} - u * ((upright_columns(g) - 1) / 2.0) -
                        v * ((upright_rows(g) - 1) / 2.0);
    if (conditioning(g.beam, {a[0], a[1], a[2]}, corner, u, v) < 1e-9)
      return refused(
          name +
          " is degenerate (source or ray in the detector plane, parallel u and v, or the "
          "origin behind the source); check order and units: source or ray, detector "
          "centre, u, v, in mm");
  }
  return {};
}

Result<void> validate_angles(const ScanGeometry& g) {
  if (!std::isfinite(g.angle_start_rad) || !std::isfinite(g.angle_step_rad))
    return refused("angle start and step must be finite; give them in radians");
  for (std::size_t i = 0; i < g.angle_table_rad.size(); ++i)
    if (!std::isfinite(g.angle_table_rad[i]))
      return refused("angle " + std::to_string(i) +
                     " of the table is not finite; give every projection an angle in radians");
  if (!g.angle_table_rad.empty() && !g.vectors.empty() &&
      g.angle_table_rad.size() != g.vectors.size())
    return refused("the angle table has " + std::to_string(g.angle_table_rad.size()) +
                   " entries but there are " + std::to_string(g.vectors.size()) +
                   " measured vectors; give as many of both or leave one out");
  return {};
}

}  // namespace

Result<void> validate(const ScanGeometry& g) {
  constexpr int kLargestSide = 1 << 20;
  if (g.rows <= 0 || g.columns <= 0 || g.rows > kLargestSide || g.columns > kLargestSide)
    return refused("a detector of " + std::to_string(g.rows) + " x " + std::to_string(g.columns) +
                   " pixels is impossible; set rows and columns of the raw frame");
  // Beyond these bounds matrices and fields of view leave what numbers can hold.
  if (!(g.pixel_mm >= 1e-9) || !(g.pixel_mm <= 1e6))
    return refused(
        "pixel_mm must be between 1e-9 and 1e6; set the detector's pixel pitch or leave it "
        "unknown");
  if (!g.pixel_size_known && g.pixel_mm != 1)
    return refused("an unknown pixel size means pixel_mm = 1; give a size or declare it known");
  if (!finite(g.axis_column) || !finite(g.principal_column) || !finite(g.principal_row))
    return refused("axis_column and the principal point must be finite; give them in pixels");
  const double c = axis_column(g);
  if (c < 0 || c > upright_columns(g) - 1)
    return refused("axis_column " + std::to_string(c) + " is off the detector (columns 0 to " +
                   std::to_string(upright_columns(g) - 1) +
                   " after transpose); no projection would see the axis");
  if (g.beam == Beam::parallel && (g.principal_column || g.principal_row))
    return refused(
        "a parallel beam has no principal point; leave principal_column and principal_row out or "
        "set the beam to cone");
  if (g.rotation_sense != 1 && g.rotation_sense != -1)
    return refused("rotation_sense must be 1 (counter-clockwise seen from +z) or -1");
  for (double angle : {g.tilt_rad, g.roll_rad, g.pitch_rad})
    if (!(std::abs(angle) < M_PI / 2 - 1e-6))
      return refused("tilt, roll and pitch must lie within 90 degrees (pi/2 radians) of upright");
  if (g.beam == Beam::cone && g.vectors.empty())
    if (auto cone = validate_cone(g); !cone) return cone;
  if (auto angles = validate_angles(g); !angles) return angles;
  return validate_vectors(g);
}

}  // namespace slicecast::geometry
