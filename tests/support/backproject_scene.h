// Random projections and geometries that the backprojection tests of all backends share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/recon/backend.h"

namespace slicecast::recon::scene {

std::vector<float> noise(std::size_t count, std::uint32_t seed);

// Circular orbit of magnification 3 around the origin; the detector sees 40 mm in the middle plane.
geometry::Matrix34 cone(double angle, int rows, int columns);
geometry::Matrix34 parallel(double angle, int rows, int columns);
// A projective matrix without any symmetry: rolled, pitched, skewed pixels, off-centre.
geometry::Matrix34 arbitrary(double angle, int rows, int columns);

struct Beam {
  const char* name;
  geometry::Matrix34 (*matrix)(double angle, int rows, int columns);
};
extern const std::vector<Beam> beams;

struct Plane {
  std::string name;
  geometry::PointGrid grid;
};
// Slices of rows x columns points `step_mm` apart, about the origin plus `offset` along the normal.
geometry::PointGrid slice(int rows, int columns, double step_mm, geometry::Vec3 along_columns,
                          geometry::Vec3 along_rows, double offset = 0);
// Axial, vertical, turned, oblique, random, mirrored, sheared and degenerate ones.
std::vector<Plane> planes(int rows, int columns, double step_mm);

// The same white noise as terms of a backend; weights of both signs.
std::vector<Term> terms(const Backend& backend, const Beam& beam, int count, int rows, int columns,
                        StoreType type, float scale = 1);

// One plane in one piece.
std::vector<float> sum(const Backend& backend, const geometry::PointGrid& grid,
                       const std::vector<Term>& terms);
double rms(const std::vector<float>& values);
double relative_rmse(const std::vector<float>& got, const std::vector<float>& wanted);

}  // namespace slicecast::recon::scene
