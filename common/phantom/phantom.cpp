#include "common/phantom/phantom.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace slicecast::phantom {

using geometry::Vec3;

Result<void> validate(const Phantom& phantom) {
  for (std::size_t i = 0; i < phantom.bodies.size(); ++i) {
    const auto& b = phantom.bodies[i];
    const std::string name = "ellipsoid " + std::to_string(i);
    const auto refused = [&](const char* why) { return Error{Errc::invalid_argument, name + why}; };
    if (!(b.semi_axes.x > 0 && b.semi_axes.y > 0 && b.semi_axes.z > 0))
      return refused(" has a semi-axis <= 0; give three lengths in mm");
    const Vec3 sum = b.centre + b.direction1 + b.direction2 + b.motion.velocity;
    if (!std::isfinite(sum.x + sum.y + sum.z + b.attenuation_per_mm + b.motion.growth_per_s))
      return refused(" has a number that is not finite; correct it");
    const double skew = std::abs(dot(b.direction1, b.direction2)) +
                        std::abs(dot(b.direction1, b.direction1) - 1) +
                        std::abs(dot(b.direction2, b.direction2) - 1);
    if (skew > 1e-9) return refused(" has directions that are not orthonormal; normalise them");
    const bool wraps = b.motion.wrap_high_mm > b.motion.wrap_low_mm && b.motion.velocity.z != 0;
    if (b.motion.growth_per_s < 0 && !wraps)
      return refused(" shrinks for ever; let it wrap or grow");
    if (wraps && b.motion.growth_per_s < 0) {
      const double period =
          (b.motion.wrap_high_mm - b.motion.wrap_low_mm) / std::abs(b.motion.velocity.z);
      if (1 + b.motion.growth_per_s * period <= 0)
        return refused(" shrinks to nothing before it wraps; make it shrink slower");
    }
  }
  return {};
}

double value(const Phantom& phantom, Vec3 point, double time_s) {
  double sum = 0;
  for (const auto& body : phantom.bodies) {
    const Vec3 p = UnitMap(at_time(body, time_s)).point(point);
    if (dot(p, p) <= 1) sum += body.attenuation_per_mm;
  }
  return sum;
}

void rasterise(const Phantom& phantom, const geometry::PointGrid& grid, double time_s, float* out) {
  std::vector<UnitMap> maps;
  for (const auto& body : phantom.bodies) maps.emplace_back(at_time(body, time_s));
  const std::size_t columns = static_cast<std::size_t>(grid.columns);
  tbb::parallel_for(0, grid.planes * grid.rows, [&](int line) {
    float* values = out + columns * static_cast<std::size_t>(line);
    std::fill_n(values, columns, 0.0f);
    const Vec3 start = point_at(grid, line / grid.rows, line % grid.rows, 0);
    for (std::size_t k = 0; k < maps.size(); ++k) {
      // A row of points is a straight line, and its points inside the body are one interval.
      const Vec3 p = maps[k].point(start), q = maps[k].vector(grid.step_column);
      const double a = dot(q, q), b = dot(p, q), c = dot(p, p) - 1;
      const double discriminant = b * b - a * c;
      if (discriminant < 0 || (a == 0 && c > 0)) continue;
      const double root = std::sqrt(discriminant);
      const double first = a == 0 ? 0 : std::ceil((-b - root) / a);
      const double last = a == 0 ? grid.columns - 1.0 : std::floor((-b + root) / a);
      const auto body = static_cast<float>(phantom.bodies[k].attenuation_per_mm);
      const int end = static_cast<int>(std::min(last, grid.columns - 1.0));
      for (int i = static_cast<int>(std::clamp(first, 0.0, double(grid.columns))); i <= end; ++i)
        values[i] += body;
    }
  });
}

double line_integral(const Phantom& phantom, Vec3 point, Vec3 direction, double time_s) {
  double sum = 0;
  for (const auto& body : phantom.bodies) {
    const UnitMap map(at_time(body, time_s));
    const Vec3 p = map.point(point), q = map.vector(direction);
    const double a = dot(q, q), b = dot(p, q);
    const double discriminant = b * b - a * (dot(p, p) - 1);
    if (discriminant > 0 && a > 0)
      sum += body.attenuation_per_mm * 2 * std::sqrt(discriminant) / a * norm(direction);
  }
  return sum;
}

}  // namespace slicecast::phantom
