// Reduced copy of the lines that every axis measure works on. Internal to the axis search; columns
// here are those of the reduced lines.
#pragma once

#include <functional>
#include <vector>

#include "common/recon/axis_search.h"

namespace slicecast::recon::axis {

inline constexpr int kMostAxisRows = 4;

struct Lines {
  int projections = 0, rows = 0, columns = 0;
  std::vector<double> angles_rad;  // rising
  std::vector<float> values;       // [projection][row][column]
  // One row of detector with these columns and their pixel; the axis column is the hint.
  geometry::ScanGeometry geometry;
  double column_origin = 0, column_scale = 1;  // back to the upright detector
  double step_rad = 0;                         // median step
  double span_rad = 0;

  const float* row(int projection, int r) const {
    return values.data() + (static_cast<std::size_t>(projection) * rows + r) * columns;
  }
  double upright(double column) const { return column_origin + column_scale * column; }
  double reduced(double upright_column) const {
    return (upright_column - column_origin) / column_scale;
  }
  bool full_turn() const;
  // The sample reaches beyond the beam: values at the edges are no air.
  bool truncated() const;
};

Result<Lines> reduce(const AxisInput& input);

// Gaussian of standard deviation `sigma` columns along every row; edges repeat.
std::vector<float> smoothed(const Lines& lines, double sigma);

// Fan angle of column u against the ray through the axis, and back. Parallel: fan angle 0.
struct MirrorMap {
  bool cone = false;
  double axis = 0, principal = 0, per_column = 0;  // pixel / source-detector distance
  double axis_angle = 0;
  double sense = 1;

  MirrorMap(const geometry::ScanGeometry& g, double axis_column);
  double fan_angle(double u) const;
  double mirrored(double u) const;  // column that sees the same line from the other side
};

// Parabola through equally spaced scores around `centre`: position of its minimum, value there and
// half the second derivative. `minimum` is `centre` +- the half width where it opens downwards.
struct Parabola {
  double minimum = 0, value = 0, curvature = 0;
};
Parabola fit_parabola(double centre, double half_width, const std::vector<double>& scores);

// Repeats a symmetric fit until it stays centred: unbiased also where the score has a kink.
Result<Parabola> descend(double start, double half_width, int samples,
                         const std::function<double(double)>& score, std::stop_token stop);

Error cancelled();

}  // namespace slicecast::recon::axis
