#include <algorithm>
#include <cmath>
#include <limits>

#include "common/geometry/scan_geometry.h"

namespace slicecast::geometry {
namespace {

// The rays through one edge of the detector span a plane; `normal` points to the seen side:
// a point is seen if dot(normal, point) >= offset.
struct EdgePlane {
  Vec3 normal;
  double offset = 0;
};

EdgePlane edge_plane(const ProjectionGeometry& p, Vec3 on_edge, Vec3 along_edge) {
  const Vec3 ray = p.beam == Beam::cone ? on_edge - p.source : p.source;
  Vec3 normal = cross(ray, along_edge);
  normal = normal * (1 / norm(normal));
  if (dot(normal, p.detector_centre - on_edge) < 0) normal = normal * -1.0;
  return {normal, dot(normal, on_edge)};
}

struct Edges {
  EdgePlane left, right, top, bottom;
};

Edges edges_of(const ScanGeometry& g, const ProjectionGeometry& p) {
  const int rows = upright_rows(g), columns = upright_columns(g);
  const double u = (columns - 1) / 2.0, v = (rows - 1) / 2.0;
  const auto at = [&](double column, double row) {
    return pixel_position(p, rows, columns, column, row);
  };
  // A single row or column still sees its own plane; its two edges are half a pixel apart.
  const double half_u = columns == 1 ? 0.5 : 0, half_v = rows == 1 ? 0.5 : 0;
  return {edge_plane(p, at(-half_u, v), p.detector_v),
          edge_plane(p, at(columns - 1 + half_u, v), p.detector_v),
          edge_plane(p, at(u, -half_v), p.detector_u),
          edge_plane(p, at(u, rows - 1 + half_v), p.detector_u)};
}

double across(const EdgePlane& plane) {
  return std::hypot(plane.normal.x, plane.normal.y);
}

// Radius of the circle at z = 0 that the plane touches.
double touching_radius(const EdgePlane& plane) {
  const double lateral = across(plane);
  if (lateral < 1e-12) return plane.offset <= 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return std::max(0.0, -plane.offset / lateral);
}

void limit_height(const EdgePlane& plane, FieldOfView& view) {
  const double bound = plane.offset + view.radius_mm * across(plane);
  if (plane.normal.z < -1e-12)
    view.z_max_mm = std::min(view.z_max_mm, bound / plane.normal.z);
  else if (plane.normal.z > 1e-12)
    view.z_min_mm = std::max(view.z_min_mm, bound / plane.normal.z);
  else if (bound > 0)
    view.z_max_mm = -std::numeric_limits<double>::infinity();
}

}  // namespace

FieldOfView field_of_view(const ScanGeometry& g, bool offset_axis_scan) {
  std::vector<Edges> seen;
  if (g.vectors.empty()) seen.push_back(edges_of(g, projection_at(g, 0)));  // all turn about z
  for (const auto& vector : g.vectors) seen.push_back(edges_of(g, from_astra(g, vector)));

  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  FieldOfView view{kInfinity, -kInfinity, kInfinity};
  double row_radius = kInfinity;
  for (const auto& edges : seen) {
    const double left = touching_radius(edges.left), right = touching_radius(edges.right);
    view.radius_mm =
        std::min(view.radius_mm, offset_axis_scan ? std::max(left, right) : std::min(left, right));
    row_radius = std::min({row_radius, touching_radius(edges.top), touching_radius(edges.bottom)});
  }
  // Height falls linearly with the radius down to 0 at row_radius, so r^2 h(r) peaks at two thirds.
  if (g.tilt_rad != 0) view.radius_mm = std::min(view.radius_mm, row_radius * 2 / 3);
  for (const auto& edges : seen) {
    limit_height(edges.top, view);
    limit_height(edges.bottom, view);
  }
  return view;
}

double half_fan_angle(const ScanGeometry& g) {
  if (g.beam == Beam::parallel) return 0;
  const auto p = g.vectors.empty() ? projection_at(g, 0) : from_astra(g, g.vectors.front());
  const int rows = upright_rows(g), columns = upright_columns(g);
  const double row = project(p.matrix, {}).v;
  const Vec3 central = p.source * -1.0;
  double widest = 0;
  for (double column : {0.0, columns - 1.0}) {
    const Vec3 ray = pixel_position(p, rows, columns, column, row) - p.source;
    const double cosine = dot(ray, central) / (norm(ray) * norm(central));
    widest = std::max(widest, std::acos(std::clamp(cosine, -1.0, 1.0)));
  }
  return widest;
}

}  // namespace slicecast::geometry
