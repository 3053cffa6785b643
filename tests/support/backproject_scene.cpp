#include "tests/support/backproject_scene.h"

#include <cmath>
#include <random>

namespace slicecast::recon::scene {
namespace {

using geometry::Matrix34;
using geometry::PointGrid;
using geometry::Vec3;

constexpr double kSourceAxis = 66, kMagnification = 3, kView = 40;

}  // namespace

std::vector<float> noise(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

Matrix34 cone(double angle, int rows, int columns) {
  const double s = std::sin(angle), c = std::cos(angle);
  const double f = columns / kView;  // detector pixels per mm in the middle plane
  const double u0 = (columns - 1) / 2.0, v0 = (rows - 1) / 2.0;
  const double wx = -s / kSourceAxis, wy = c / kSourceAxis;
  return {{c * f + u0 * wx, s * f + u0 * wy, 0, u0, v0 * wx, v0 * wy, -f, v0, wx, wy, 0, 1}};
}

Matrix34 parallel(double angle, int rows, int columns) {
  const double f = columns / kView;
  return {{f * std::cos(angle), f * std::sin(angle), 0, (columns - 1) / 2.0, 0, 0, -f,
           (rows - 1) / 2.0, 0, 0, 0, 1}};
}

Matrix34 arbitrary(double angle, int rows, int columns) {
  Matrix34 matrix = cone(angle, rows, columns);
  const double f = columns / kView;
  const double skew[12] = {0.11 * f, -0.07 * f, 0.31 * f, 2.3,    -0.21 * f, 0.17 * f,
                           0.05 * f, -1.7,      0.0005,   -0.001, 0.0012,    0.02};
  for (int i = 0; i < 12; ++i) matrix.m[static_cast<std::size_t>(i)] += skew[i];
  return matrix;
}

const std::vector<Beam> beams = {{"parallel", parallel}, {"cone", cone}, {"arbitrary", arbitrary}};

PointGrid slice(int rows, int columns, double step_mm, Vec3 along_columns, Vec3 along_rows,
                double offset) {
  PointGrid grid;
  grid.step_column = step_mm * along_columns;
  grid.step_row = step_mm * along_rows;
  grid.origin = -0.5 * ((columns - 1) * grid.step_column + (rows - 1) * grid.step_row) +
                offset * geometry::cross(along_columns, along_rows);
  grid.columns = columns;
  grid.rows = rows;
  return grid;
}

std::vector<Plane> planes(int rows, int columns, double step) {
  const double s = std::sqrt(0.5);
  return {{"axial", slice(rows, columns, step, {1, 0, 0}, {0, 1, 0}, 1.7)},
          {"axial on a detector row", slice(rows, columns, step, {1, 0, 0}, {0, 1, 0})},
          {"axial mirrored", slice(rows, columns, step, {-1, 0, 0}, {0, 1, 0}, 2.1)},
          {"vertical", slice(rows, columns, step, {1, 0, 0}, {0, 0, 1}, -0.8)},
          {"vertical transposed", slice(rows, columns, step, {0, 0, -1}, {0, 1, 0}, 1.1)},
          {"vertical turned", slice(rows, columns, step, {s, 0, s}, {-s, 0, s})},
          {"oblique", slice(rows, columns, step, {1, 0, 0}, {0, 0.6, 0.8}, 1)},
          {"oblique about x = y", slice(rows, columns, step, {0.75, 0.25, -s * std::sqrt(0.75)},
                                        {0.25, 0.75, s * std::sqrt(0.75)})},
          {"random", slice(rows, columns, step, {0.36, 0.48, 0.8}, {-0.8, 0.6, 0}, -1.3)},
          {"skewed", slice(rows, columns, step, {0.9, 0.3, 0.1}, {0.4, -0.2, 0.7}, 0.4)},
          {"one line", slice(rows, columns, step, {0.6, 0.8, 0}, {0, 0, 0})},
          {"one point", slice(rows, columns, step, {0, 0, 0}, {0, 0, 0})}};
}

std::vector<Term> terms(const Backend& backend, const Beam& beam, int count, int rows, int columns,
                        StoreType type, float scale) {
  std::vector<Term> result;
  for (int i = 0; i < count; ++i) {
    const auto pixels =
        noise(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), 7u + i);
    result.push_back({backend.store({pixels.data(), rows, columns}, type, scale, nullptr),
                      beam.matrix(0.4 + 1.1 * i, rows, columns), i % 3 == 1 ? -0.6f : 0.8f});
  }
  return result;
}

std::vector<float> sum(const Backend& backend, const PointGrid& grid,
                       const std::vector<Term>& terms) {
  std::vector<float> out(static_cast<std::size_t>(grid.rows) *
                         static_cast<std::size_t>(grid.columns));
  backend.make_backproject()->accumulate(grid, 0, 0, grid.rows, terms,
                                         {out.data(), grid.rows, grid.columns});
  return out;
}

double rms(const std::vector<float>& values) {
  double power = 0;
  for (float value : values) power += static_cast<double>(value) * value;
  return std::sqrt(power / static_cast<double>(values.size()));
}

double relative_rmse(const std::vector<float>& got, const std::vector<float>& wanted) {
  std::vector<float> difference(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) difference[i] = got[i] - wanted[i];
  const double scale = rms(wanted);
  return scale == 0 ? rms(got) : rms(difference) / scale;
}

}  // namespace slicecast::recon::scene
