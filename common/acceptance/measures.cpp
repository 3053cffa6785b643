#include "common/acceptance/measures.h"

#include <algorithm>
#include <cmath>

namespace slicecast::acceptance {

namespace {

template <class T>
double rmse_over_rms(std::span<const float> image, std::span<const T> reference) {
  double error = 0, power = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const double difference = image[i] - static_cast<double>(reference[i]);
    error += difference * difference;
    power += static_cast<double>(reference[i]) * static_cast<double>(reference[i]);
  }
  return std::sqrt(error / power);
}

void for_each_point(const geometry::PointGrid& grid,
                    const std::function<void(std::size_t, geometry::Vec3)>& visit) {
  std::size_t i = 0;
  for (int k = 0; k < grid.planes; ++k)
    for (int r = 0; r < grid.rows; ++r)
      for (int c = 0; c < grid.columns; ++c) visit(i++, geometry::point_at(grid, k, r, c));
}

}  // namespace

double relative_rmse(std::span<const float> image, std::span<const float> reference) {
  return rmse_over_rms(image, reference);
}
double relative_rmse(std::span<const float> image, std::span<const double> reference) {
  return rmse_over_rms(image, reference);
}

Bias body_bias(const phantom::Phantom& phantom, const geometry::PointGrid& grid,
               std::span<const float> image, double erosion_mm) {
  Bias bias;
  for (auto body : phantom.bodies) {
    body.semi_axes = body.semi_axes - geometry::Vec3{erosion_mm, erosion_mm, erosion_mm};
    if (std::min({body.semi_axes.x, body.semi_axes.y, body.semi_axes.z}) <= 0) continue;
    const phantom::UnitMap unit(body);
    double sum = 0, absolute = 0;
    int count = 0;
    for_each_point(grid, [&](std::size_t i, geometry::Vec3 point) {
      const auto q = unit.point(point);
      if (dot(q, q) > 1) return;
      const double error = image[i] - phantom::value(phantom, point, 0);
      sum += error;
      absolute += std::abs(error);
      ++count;
    });
    if (count < 20) continue;
    ++bias.bodies;
    const double scale = 1 / (count * std::abs(body.attenuation_per_mm));
    bias.largest = std::max(bias.largest, std::abs(sum) * scale);
    bias.largest_mean_absolute = std::max(bias.largest_mean_absolute, absolute * scale);
  }
  return bias;
}

Quality quality(std::span<const float> image, std::span<const float> truth) {
  double absolute = 0, squared = 0, peak = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const double error = static_cast<double>(image[i]) - truth[i];
    absolute += std::abs(error);
    squared += error * error;
    peak = std::max(peak, static_cast<double>(truth[i]));
  }
  const auto count = static_cast<double>(image.size());
  return {absolute / count, 20 * std::log10(peak / std::sqrt(squared / count))};
}

double ring_mean(std::span<const float> image, const geometry::PointGrid& grid, double inner_mm,
                 double outer_mm) {
  double sum = 0;
  int count = 0;
  auto plane = grid;
  plane.planes = 1;
  for_each_point(plane, [&](std::size_t i, geometry::Vec3 p) {
    const double r = std::hypot(p.x, p.y);
    if (r < inner_mm || r >= outer_mm) return;
    sum += image[i];
    ++count;
  });
  return sum / count;
}

}  // namespace slicecast::acceptance
