#include "services/projection/projection_matrix.h"

#include <cmath>
#include <numbers>

namespace slicecast::projection {

ProjectionMatrices::ProjectionMatrices(const geometry::ScanGeometry& g,
                                       const recon::ProcessedLayout& layout)
    : geometry_(recon::processed_geometry(g)), layout_(layout) {}

Result<geometry::Matrix34> ProjectionMatrices::matrix(
    std::uint64_t id, double angle_rad, const std::optional<geometry::Matrix34>& sent) const {
  geometry::Matrix34 upright;
  if (sent) {
    upright = *sent;
  } else {
    const auto projection = geometry::projection_of(geometry_, id, angle_rad);
    if (!projection) return projection.error();
    upright = projection->matrix;
  }
  return geometry::with_pixel_map(upright, layout_.scale, layout_.shift_u, layout_.scale,
                                  layout_.shift_v);
}

geometry::ScanGeometry with_angle_table(geometry::ScanGeometry g) {
  if (g.vectors.empty() || !g.angle_table_rad.empty() || g.angle_step_rad != 0) return g;
  g.angle_table_rad = geometry::angles_of_vectors(g);
  return g;
}

Result<double> angle_of_frame(const geometry::ScanGeometry& g, std::uint64_t id,
                              const std::optional<geometry::Matrix34>& sent, double near_rad) {
  auto angle = geometry::angle_of(g, id);
  if (angle || !sent) return angle;
  // Columns run along (cos, sin, 0): u w = f (x cos + y sin) + c w, for any scale f.
  const auto& m = sent->m;
  const double c = geometry::axis_column(g);
  const double direction = std::atan2(m[1] - c * m[9], m[0] - c * m[8]);
  return near_rad + std::remainder(g.rotation_sense * direction - near_rad, 2 * std::numbers::pi);
}

bool changes_pixels(const geometry::ScanGeometry& a, const geometry::ScanGeometry& b,
                    recon::Coverage coverage) {
  const bool axis_weighted =
      coverage == recon::Coverage::offset_axis || coverage == recon::Coverage::short_scan;
  if (axis_weighted && geometry::axis_column(a) != geometry::axis_column(b)) return true;
  if (a.beam == geometry::Beam::cone &&
      geometry::principal_column(a) != geometry::principal_column(b))
    return true;
  if (recon::removes_roll(a) != recon::removes_roll(b)) return true;
  return recon::removes_roll(a) && a.roll_rad != b.roll_rad;
}

}  // namespace slicecast::projection
