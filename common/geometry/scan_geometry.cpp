#include "common/geometry/scan_geometry.h"

#include <cmath>
#include <string>

#include "common/geometry/projection_frame.h"

namespace slicecast::geometry {
namespace {

struct Detector {
  Vec3 source, corner, u, v;  // source: cone position, parallel ray direction
};

// The detector of `g` at angle theta with its pixel (principal_column, principal_row) on the
// perpendicular from the source, and the source moved along u by `shift_mm`.
Detector detector_at(const ScanGeometry& g, double theta, double principal_u, double shift_mm) {
  const double turned = g.rotation_sense * theta;
  const double ct = std::cos(turned), st = std::sin(turned);
  const double ca = std::cos(g.tilt_rad), sa = std::sin(g.tilt_rad);
  const Vec3 across{ct, st, 0};
  const Vec3 beam{-st * ca, ct * ca, sa};
  const Vec3 down{-st * sa, ct * sa, -ca};

  const double cr = std::cos(g.roll_rad), sr = std::sin(g.roll_rad);
  const double cp = std::cos(g.pitch_rad), sp = std::sin(g.pitch_rad);
  const Vec3 rolled_u = across * cr + down * sr;
  const Vec3 rolled_v = down * cr - across * sr;
  const Vec3 pitched_v = rolled_v * cp + beam * sp;

  Detector d;
  d.u = rolled_u * g.pixel_mm;
  d.v = pitched_v * g.pixel_mm;
  Vec3 foot = across * shift_mm;
  if (g.beam == Beam::cone) {
    d.source = across * shift_mm - beam * g.source_axis_mm;
    foot = d.source + beam * g.source_detector_mm;
  } else {
    d.source = beam;
    // Any distance shows the same; this one keeps the detector behind the sample.
    foot = foot + beam * g.source_detector_mm;
  }
  d.corner = foot - d.u * principal_u - d.v * principal_row(g);
  return d;
}

// Column at which the axis crosses mid-height.
double axis_column_of(const ScanGeometry& g, const Detector& d) {
  const Matrix34 matrix = matrix_of(g.beam, d.source, d.corner, d.u, d.v);
  const double middle = (upright_rows(g) - 1) / 2.0;
  const auto& m = matrix.m;
  // v(z) = middle for the point (0, 0, z).
  const double slope = m[6] - middle * m[10];
  const double z = slope == 0 ? 0 : (middle * m[11] - m[7]) / slope;
  return project(matrix, {0, 0, z}).u;
}

bool turned_detector(const ScanGeometry& g) {
  return g.roll_rad != 0 || g.pitch_rad != 0 || g.tilt_rad != 0;
}

// The source's shift along u that makes the axis show at column c although the perpendicular from
// the source ends at another column.
double source_shift(const ScanGeometry& g) {
  if (g.beam == Beam::parallel || !g.principal_column) return 0;
  const double to_object = g.pixel_mm * g.source_axis_mm / g.source_detector_mm;
  double shift = (*g.principal_column - axis_column(g)) * to_object;
  if (!turned_detector(g)) return shift;
  for (int round = 0; round < 8; ++round)
    shift += (axis_column_of(g, detector_at(g, 0, *g.principal_column, shift)) - axis_column(g)) *
             to_object;
  return shift;
}

ProjectionGeometry projection_from(Beam beam, const Detector& d, int rows, int columns) {
  ProjectionGeometry p;
  p.matrix = matrix_of(beam, d.source, d.corner, d.u, d.v);
  p.beam = beam;
  p.source = d.source;
  p.detector_centre = d.corner + d.u * ((columns - 1) / 2.0) + d.v * ((rows - 1) / 2.0);
  p.detector_u = d.u;
  p.detector_v = d.v;
  return p;
}

double direction_of(const ProjectionVector& vector) {
  return std::atan2(vector.v[7], vector.v[6]);
}

}  // namespace

int upright_rows(const ScanGeometry& g) {
  return g.transpose ? g.columns : g.rows;
}
int upright_columns(const ScanGeometry& g) {
  return g.transpose ? g.rows : g.columns;
}

double axis_column(const ScanGeometry& g) {
  return g.axis_column.value_or((upright_columns(g) - 1) / 2.0);
}

double principal_row(const ScanGeometry& g) {
  const double middle = (upright_rows(g) - 1) / 2.0;
  return g.beam == Beam::cone ? g.principal_row.value_or(middle) : middle;
}

double principal_column(const ScanGeometry& g) {
  const double c = axis_column(g);
  if (g.beam == Beam::parallel) return c;
  if (g.principal_column) return *g.principal_column;
  if (!turned_detector(g)) return c;
  // Moving the principal column moves the axis' image by the same number of pixels.
  return c + (c - axis_column_of(g, detector_at(g, 0, c, 0)));
}

double magnification(const ScanGeometry& g) {
  return g.beam == Beam::cone ? g.source_detector_mm / g.source_axis_mm : 1.0;
}

ProjectionGeometry projection_at(const ScanGeometry& g, double theta) {
  const Detector d = detector_at(g, theta, principal_column(g), source_shift(g));
  return projection_from(g.beam, d, upright_rows(g), upright_columns(g));
}

Vec3 pixel_position(const ProjectionGeometry& projection, int rows, int columns, double u,
                    double v) {
  return projection.detector_centre + projection.detector_u * (u - (columns - 1) / 2.0) +
         projection.detector_v * (v - (rows - 1) / 2.0);
}

Result<double> angle_of(const ScanGeometry& g, std::uint64_t id) {
  if (!g.angle_table_rad.empty()) {
    if (id < g.angle_table_rad.size()) return g.angle_table_rad[id];
    return Error{Errc::invalid_argument,
                 "frame " + std::to_string(id) + " is beyond the angle table of " +
                     std::to_string(g.angle_table_rad.size()) +
                     " entries; give one angle per projection or start and step"};
  }
  if (g.angle_step_rad != 0) return g.angle_start_rad + g.angle_step_rad * static_cast<double>(id);
  if (id < g.vectors.size()) {
    double angle = direction_of(g.vectors[0]);
    for (std::size_t i = 1; i <= id; ++i)
      angle += std::remainder(direction_of(g.vectors[i]) - angle, 2 * M_PI);
    return g.rotation_sense * angle;
  }
  return Error{Errc::invalid_argument,
               "frame " + std::to_string(id) +
                   " carries no angle and the geometry has none for it; set the angle table or "
                   "angle start and step"};
}

Result<ProjectionGeometry> projection_of(const ScanGeometry& g, std::uint64_t id,
                                         std::optional<double> angle) {
  if (!g.vectors.empty()) {
    if (id < g.vectors.size()) return from_astra(g, g.vectors[id]);
    return Error{Errc::invalid_argument, "frame " + std::to_string(id) +
                                             " has no measured vector (there are " +
                                             std::to_string(g.vectors.size()) +
                                             "); give one vector per projection or none at all"};
  }
  if (angle) {
    if (std::isfinite(*angle)) return projection_at(g, *angle);
    return Error{Errc::invalid_argument,
                 "the angle of frame " + std::to_string(id) + " is not a finite number of radians"};
  }
  const auto own = angle_of(g, id);
  if (!own) return own.error();
  return projection_at(g, *own);
}

ProjectionGeometry from_astra(const ScanGeometry& g, const ProjectionVector& vector) {
  const auto& a = vector.v;
  const int rows = upright_rows(g), columns = upright_columns(g);
  Detector d;
  d.source = {a[0], a[1], a[2]};
  const Vec3 centre{a[3], a[4], a[5]};
  d.u = {a[6], a[7], a[8]};
  d.v = Vec3{a[9], a[10], a[11]} * -1.0;  // ASTRA counts rows upwards
  d.corner = centre - d.u * ((columns - 1) / 2.0) - d.v * ((rows - 1) / 2.0);
  if (g.beam == Beam::parallel) {
    // Unit length and pointing from source to detector, as (u, v, beam) right-handed asks.
    const double along = dot(cross(d.u, d.v), d.source) < 0 ? -1 : 1;
    d.source = d.source * (along / norm(d.source));
  }
  return projection_from(g.beam, d, rows, columns);
}

std::vector<double> angles_of_vectors(const ScanGeometry& g) {
  std::vector<double> angles;
  angles.reserve(g.vectors.size());
  double angle = 0;
  for (const auto& vector : g.vectors) {
    const double direction = direction_of(vector);
    angle = angles.empty() ? direction : angle + std::remainder(direction - angle, 2 * M_PI);
    angles.push_back(g.rotation_sense * angle);
  }
  return angles;
}

double pixel_at_axis_mm(const ScanGeometry& g) {
  if (g.vectors.empty()) return g.pixel_mm / magnification(g);
  double sum = 0;
  for (const auto& vector : g.vectors) {
    const auto p = from_astra(g, vector);
    const Vec3 normal = cross(p.detector_u, p.detector_v);
    const double demagnified =
        p.beam == Beam::cone ? -dot(p.source, normal) / dot(p.detector_centre - p.source, normal)
                             : 1.0;
    sum += norm(p.detector_u) * demagnified;
  }
  return sum / static_cast<double>(g.vectors.size());
}

double tilt_cosine(const ScanGeometry& g) {
  if (g.vectors.empty()) return std::cos(g.tilt_rad);
  double sum = 0;
  for (const auto& vector : g.vectors) {
    const Vec3 source = from_astra(g, vector).source;
    sum += std::hypot(source.x, source.y) / norm(source);
  }
  return sum / static_cast<double>(g.vectors.size());
}

ProjectionGeometry from_matrix(const ScanGeometry& g, const Matrix34& matrix) {
  const auto& m = matrix.m;
  const Vec3 u{m[0], m[1], m[2]}, v{m[4], m[5], m[6]}, w{m[8], m[9], m[10]};
  const bool cone = g.beam == Beam::cone;
  // Columns of the inverse of the first three columns, by cofactors; parallel beam: with the ray's
  // direction in place of the depth.
  const Vec3 ray = cross(u, v);
  const Vec3 depth = cone ? w : ray;
  const double scale = 1 / dot(ray, depth);
  const Vec3 per_u = cross(v, depth) * scale, per_v = cross(depth, u) * scale;
  Detector d;
  if (cone) {
    const Vec3 per_w = ray * scale;
    const double distance = g.pixel_mm / norm(per_u);
    d.source = (per_u * m[3] + per_v * m[7] + per_w * m[11]) * -1.0;
    d.u = per_u * distance;
    d.v = per_v * distance;
    d.corner = d.source + per_w * distance;
  } else {
    d.source = cross(per_u, per_v) * (1 / norm(cross(per_u, per_v)));
    d.u = per_u;
    d.v = per_v;
    d.corner = per_u * -m[3] + per_v * -m[7];
  }
  return projection_from(g.beam, d, upright_rows(g), upright_columns(g));
}

ProjectionVector to_astra(const ProjectionGeometry& projection) {
  const Vec3 s = projection.source, c = projection.detector_centre;
  const Vec3 u = projection.detector_u, v = projection.detector_v * -1.0;
  return {{s.x, s.y, s.z, c.x, c.y, c.z, u.x, u.y, u.z, v.x, v.y, v.z}};
}

}  // namespace slicecast::geometry
