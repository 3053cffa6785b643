#include "tests/unit/phantom/scans.h"

#include <cmath>

namespace slicecast::phantom::testing {

geometry::ScanGeometry parallel_scan() {
  geometry::ScanGeometry g;
  g.rows = 64;
  g.columns = 80;
  g.pixel_mm = 0.5;
  return g;
}

geometry::ScanGeometry cone_scan() {
  auto g = parallel_scan();
  g.beam = geometry::Beam::cone;
  g.source_axis_mm = 100;
  g.source_detector_mm = 200;
  return g;
}

std::vector<float> projected(const Phantom& phantom, const geometry::ScanGeometry& g, double theta,
                             double time_s) {
  const int rows = upright_rows(g), columns = upright_columns(g);
  std::vector<float> pixels(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), -1);
  project(phantom, projection_at(g, theta), time_s, {pixels.data(), rows, columns});
  return pixels;
}

Ellipsoid oblique_body() {
  Ellipsoid body;
  body.centre = {2, -1, 1.5};
  body.semi_axes = {5, 2, 3};
  body.attenuation_per_mm = 0.04;
  const double a = 0.6, b = 0.4;
  body.direction1 = {std::cos(a) * std::cos(b), std::sin(a) * std::cos(b), std::sin(b)};
  body.direction2 = {-std::sin(a), std::cos(a), 0};
  return body;
}

}  // namespace slicecast::phantom::testing
