#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "common/segmentation/reference/reference.h"

namespace slicecast::segmentation::reference {
namespace {

// A binary plane that is 0 beyond its edges.
class Binary {
 public:
  explicit Binary(const Plane& domain) : domain_(&domain), bits_(domain.values.size()) {}
  const Plane& domain() const { return *domain_; }
  int operator()(int r, int c) const {
    const bool inside = r >= 0 && c >= 0 && r < domain_->rows && c < domain_->columns;
    return inside ? bits_[place(r, c)] : 0;
  }
  void set(int r, int c, int value) { bits_[place(r, c)] = domain_->has(r, c) ? value : 0; }
  template <class Rule>
  Binary mapped(const Rule& rule) const {
    Binary out(*domain_);
    for (int r = 0; r < domain_->rows; ++r)
      for (int c = 0; c < domain_->columns; ++c) out.set(r, c, rule(r, c));
    return out;
  }
  // As the pixel itself beyond the edges of the image.
  int extended(int r, int c) const {
    return (*this)(std::clamp(r, 0, domain_->rows - 1), std::clamp(c, 0, domain_->columns - 1));
  }

 private:
  std::size_t place(int r, int c) const {
    return static_cast<std::size_t>(r * domain_->columns + c);
  }
  const Plane* domain_;
  std::vector<int> bits_;
};

constexpr std::array<std::array<int, 2>, 4> kSegments{{{0, 1}, {1, 0}, {1, 1}, {1, -1}}};

Binary union_of_erosions(const Binary& u) {
  return u.mapped([&](int r, int c) {
    int any = 0;
    for (const auto& [dr, dc] : kSegments) any |= u(r, c) & u(r + dr, c + dc) & u(r - dr, c - dc);
    return any;
  });
}

Binary intersection_of_dilations(const Binary& u) {
  return u.mapped([&](int r, int c) {
    int all = 1;
    for (const auto& [dr, dc] : kSegments) all &= u(r, c) | u(r + dr, c + dc) | u(r - dr, c - dc);
    return all;
  });
}

Binary smoothed(Binary u, int steps, Curvature& next) {
  for (int step = 0; step < steps; ++step) {
    const bool dilate_first = next == Curvature::dilate_first;
    u = dilate_first ? union_of_erosions(intersection_of_dilations(u))
                     : intersection_of_dilations(union_of_erosions(u));
    next = dilate_first ? Curvature::erode_first : Curvature::dilate_first;
  }
  return u;
}

Binary starting(StartingContour start, const Plane& plane) {
  Binary u(plane);
  const double radius = std::min(plane.rows, plane.columns) * 3 / 8.0;
  return u.mapped([&](int r, int c) {
    if (start == StartingContour::checkerboard) return (r / 5 + c / 5) % 2;
    const double dr = r - plane.rows / 2, dc = c - plane.columns / 2;
    return std::sqrt(dr * dr + dc * dc) < radius ? 1 : 0;
  });
}

LabelPlane labels_of(const Binary& u) {
  LabelPlane labels;
  for (int r = 0; r < u.domain().rows; ++r)
    for (int c = 0; c < u.domain().columns; ++c)
      labels.push_back(static_cast<std::uint8_t>(u.domain().has(r, c) ? 1 + u(r, c) : 0));
  return labels;
}

// Central difference of u; one-sided at the edges of the image.
double slope(const Binary& u, int r, int c, int dr, int dc) {
  const int size = dr != 0 ? u.domain().rows : u.domain().columns, at = dr != 0 ? r : c;
  const double steps = at == 0 || at == size - 1 ? 1 : 2;
  return (u.extended(r + dr, c + dc) - u.extended(r - dr, c - dc)) / steps;
}

}  // namespace

LabelPlane segment(const ChanVese& contour, const Plane& plane) {
  Binary u = starting(contour.start, plane);
  Curvature next = contour.first_smoothing;
  for (int step = 0; step < contour.iterations; ++step) {
    double sums[2] = {0, 0}, counts[2] = {0, 0}, means[2] = {0, 0};
    for (int r = 0; r < plane.rows; ++r)
      for (int c = 0; c < plane.columns; ++c)
        if (plane.has(r, c)) sums[u(r, c)] += plane(r, c), ++counts[u(r, c)];
    for (int k = 0; k < 2; ++k) means[k] = counts[k] > 0 ? sums[k] / counts[k] : 0;
    const Binary moved = u.mapped([&](int r, int c) {
      if (!plane.has(r, c) || (slope(u, r, c, 0, 1) == 0 && slope(u, r, c, 1, 0) == 0))
        return u(r, c);
      const double force = contour.inside_weight * std::pow(plane(r, c) - means[1], 2) -
                           contour.outside_weight * std::pow(plane(r, c) - means[0], 2);
      return force < 0 ? 1 : force > 0 ? 0 : u(r, c);
    });
    u = smoothed(moved, contour.smoothing, next);
  }
  return labels_of(u);
}

LabelPlane segment(const GeodesicContour& contour, const Plane& plane) {
  Plane g = gaussian_gradient_magnitude(plane, contour.sigma);
  bool any = false;
  for (std::size_t i = 0; i < g.values.size(); ++i) {
    const bool part = plane.values[i] == plane.values[i];
    any = any || part;
    g.values[i] = part ? 1 / std::sqrt(1 + contour.alpha * g.values[i])
                       : std::numeric_limits<double>::quiet_NaN();
  }
  Binary u = starting(contour.start, plane);
  if (!any) return labels_of(u);
  const double border = percentile(g, contour.border_percentile);
  Curvature next = contour.first_smoothing;
  // Of g; 0 towards what takes no part.
  const auto uphill = [&](int r, int c, int dr, int dc) {
    const int size = dr != 0 ? g.rows : g.columns, at = dr != 0 ? r : c;
    const int ahead = at == size - 1 ? 0 : 1, behind = at == 0 ? 0 : 1;
    const int r1 = r + ahead * dr, c1 = c + ahead * dc, r0 = r - behind * dr, c0 = c - behind * dc;
    if (ahead + behind == 0 || !g.has(r1, c1) || !g.has(r0, c0)) return 0.0;
    return (g(r1, c1) - g(r0, c0)) / (ahead + behind);
  };
  for (int step = 0; step < contour.iterations; ++step) {
    const Binary pushed = u.mapped([&](int r, int c) {
      const bool free = contour.balloon != 0 && g(r, c) > border / std::abs(contour.balloon);
      if (!free) return u(r, c);
      int sum = 0;
      for (int k = 0; k < 9; ++k) sum += u(r + k / 3 - 1, c + k % 3 - 1);
      return (contour.balloon > 0 ? sum > 0 : sum == 9) ? 1 : 0;
    });
    const Binary pulled = pushed.mapped([&](int r, int c) {
      const double force = uphill(r, c, 0, 1) * slope(pushed, r, c, 0, 1) +
                           uphill(r, c, 1, 0) * slope(pushed, r, c, 1, 0);
      return force > 0 ? 1 : force < 0 ? 0 : pushed(r, c);
    });
    u = smoothed(pulled, contour.smoothing, next);
  }
  return labels_of(u);
}

}  // namespace slicecast::segmentation::reference
