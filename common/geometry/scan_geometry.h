// The geometry of a scan and the matrix of each of its projections.
//
// Conventions (design section 4): world right-handed, fixed to the sample, mm, +z up along the
// rotation axis, origin on the axis at detector row (H-1)/2 (cone: source height). theta in
// radians, unwrapped; source and detector turn counter-clockwise seen from +z; rotation_sense -1
// negates. Detector column u runs along (cos, sin, 0), row v along -z (row 0 on top), the beam
// along (-sin, cos, 0). Parallel: u = (x cos + y sin)/p + c, v = (H-1)/2 - z/p. Cone: source at
// SOD (sin, -cos, 0).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/error.h"
#include "common/geometry/matrix.h"

namespace slicecast::geometry {

enum class Beam : std::uint8_t { parallel, cone };

// Twelve numbers of one measured projection in ASTRA's `*_vec` order and units (mm here):
// ray direction (parallel) or source position (cone); detector centre; vector from pixel (0,0) to
// (0,1) along columns; vector from pixel (0,0) to (1,0) along rows. ASTRA's v points up and its row
// 0 is the lowest; see `from_astra`.
struct ProjectionVector {
  std::array<double, 12> v{};
};

struct ScanGeometry {
  Beam beam = Beam::parallel;
  int rows = 0;  // of the raw detector as it is sent, before flip and transpose
  int columns = 0;
  double pixel_mm = 1;                // detector pixel pitch p, both directions
  bool pixel_size_known = true;       // false: p = 1, lengths in pixels, values in 1/pixel
  std::optional<double> axis_column;  // c; default (W-1)/2
  // Cone: foot of the perpendicular from the source; default c and (H-1)/2.
  std::optional<double> principal_column;
  std::optional<double> principal_row;
  double source_axis_mm = 0;      // SOD, cone
  double source_detector_mm = 0;  // SDD, cone
  // Right-handed turns. tilt > 0: the upper end of the axis leans away from the source
  // (laminography). roll > 0 turns u towards v; pitch > 0 turns v towards the beam. The detector
  // turns about the foot of the perpendicular from the source (parallel: about the pixel that shows
  // the origin); c stays the column onto which the axis projects at mid-height.
  double tilt_rad = 0;   // laminography: axis leaning out of the perpendicular to the beam
  double roll_rad = 0;   // detector rotation about the beam
  double pitch_rad = 0;  // detector rotation about its u direction
  double rotation_sense = 1;
  bool flip_u = false, flip_v = false, transpose = false;  // applied to the raw frame in the order
                                                           // transpose, flip_u, flip_v
  double angle_start_rad = 0;  // for frames that carry no angle: start + step * id
  double angle_step_rad = 0;
  std::vector<double> angle_table_rad;    // by frame id, wins over start and step
  std::vector<ProjectionVector> vectors;  // by frame id; wins over all of the above
};

// Rows and columns after `transpose`, i.e. as the pipeline and the matrices see the detector.
int upright_rows(const ScanGeometry& g);
int upright_columns(const ScanGeometry& g);
double axis_column(const ScanGeometry& g);  // resolved default
// Resolved defaults of the principal point. Without one of its own the perpendicular from the
// source meets the axis; with one, the source is shifted along u by what makes the axis show at c.
double principal_column(const ScanGeometry& g);
double principal_row(const ScanGeometry& g);
double magnification(const ScanGeometry& g);  // SDD/SOD, parallel: 1

// First contradiction or missing number, with the remedy (cone without distances, p <= 0, ...).
// Everything below takes a geometry that has passed.
Result<void> validate(const ScanGeometry& g);

struct ProjectionGeometry {
  Matrix34 matrix;  // for the upright, uncropped, unbinned detector
  Beam beam;
  Vec3 source;           // cone: source position; parallel: unit ray direction
  Vec3 detector_centre;  // of pixel ((H-1)/2, (W-1)/2)
  Vec3 detector_u;       // mm per column
  Vec3 detector_v;       // mm per row (towards increasing row)
};

// Where on the detector pixel (column u, row v) lies; rows and columns are the upright ones.
Vec3 pixel_position(const ProjectionGeometry& projection, int rows, int columns, double u,
                    double v);

// The unwrapped angle of frame `id` when the frame itself carries none: table, start + step * id,
// or the direction of the measured vector. The sense of rotation is not in it.
Result<double> angle_of(const ScanGeometry& g, std::uint64_t id);

// Matrix at angle theta (radians), from the parameters of `g` (vectors ignored).
ProjectionGeometry projection_at(const ScanGeometry& g, double theta);

// Matrix of frame `id`: measured vector if there is one, else projection_at(angle).
Result<ProjectionGeometry> projection_of(const ScanGeometry& g, std::uint64_t id,
                                         std::optional<double> angle);
ProjectionGeometry from_astra(const ScanGeometry& g, const ProjectionVector& vector);
ProjectionVector to_astra(const ProjectionGeometry& projection);
// A projection of this matrix. It does not tell how far away the detector is or leans along
// parallel rays: cone beam takes the distance at which columns are pixel_mm apart, parallel beam a
// detector perpendicular to the rays through the origin.
ProjectionGeometry from_matrix(const ScanGeometry& g, const Matrix34& matrix);

// The unwrapped angles of all measured vectors, as angle_of tells them one by one.
std::vector<double> angles_of_vectors(const ScanGeometry& g);

// What stands for all projections; of measured vectors the mean.
double pixel_at_axis_mm(const ScanGeometry& g);  // detector pixel over magnification
double tilt_cosine(const ScanGeometry& g);       // of the beam from perpendicular to the axis

// Cylinder about the z axis within which every projection sees every point; outside of it values
// are 0 and take no part in statistics. Radius: min(c, W-1-c) p (cone: the distance from the axis
// of the ray through that column, SOD sin(fan angle)), offset-axis scans: the larger side. A tilted
// scan that its rows limit first gets the cylinder of largest volume that every projection sees.
// z_min > z_max: no height is seen by every projection.
struct FieldOfView {
  double radius_mm = 0;
  double z_min_mm = 0;
  double z_max_mm = 0;
};
FieldOfView field_of_view(const ScanGeometry& g, bool offset_axis_scan);

// The angle of the ray through the outermost column against the central ray on the wider side;
// a short scan covers pi + 2 * this. Zero for parallel beam.
double half_fan_angle(const ScanGeometry& g);

}  // namespace slicecast::geometry
