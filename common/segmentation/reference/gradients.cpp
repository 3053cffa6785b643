#include <algorithm>
#include <cmath>

#include "common/segmentation/reference/reference.h"

namespace slicecast::segmentation::reference {
namespace {

// One axis at a time: sum over k of weights[k] value[i + k - radius].
Plane correlate(const Plane& plane, const std::vector<double>& weights, bool down, Border border) {
  const int radius = static_cast<int>(weights.size() / 2);
  const int size = down ? plane.rows : plane.columns;
  const auto inside = [&](int i) {
    while (border == Border::symmetric && (i < 0 || i >= size))
      i = i < 0 ? -1 - i : 2 * size - 1 - i;
    return std::clamp(i, 0, size - 1);
  };
  Plane out = plane;
  for (int r = 0; r < plane.rows; ++r) {
    for (int c = 0; c < plane.columns; ++c) {
      double sum = 0;
      for (int k = -radius; k <= radius; ++k)
        sum += weights[static_cast<std::size_t>(k + radius)] *
               (down ? plane(inside(r + k), c) : plane(r, inside(c + k)));
      out.values[static_cast<std::size_t>(r * plane.columns + c)] = sum;
    }
  }
  return out;
}

std::vector<double> gaussian(double sigma, bool derivative) {
  const int radius = static_cast<int>(4 * sigma + 0.5);
  std::vector<double> weights;
  double sum = 0;
  for (int x = -radius; x <= radius; ++x) {
    weights.push_back(std::exp(-x * x / (2 * sigma * sigma)));
    sum += weights.back();
  }
  for (int x = -radius; x <= radius; ++x)
    weights[static_cast<std::size_t>(x + radius)] *= (derivative ? x / (sigma * sigma) : 1) / sum;
  return weights;
}

Plane without_holes(Plane plane) {
  double sum = 0, count = 0;
  for (double v : plane.values)
    if (v == v) sum += v, ++count;
  for (double& v : plane.values)
    if (v != v) v = sum / std::max(count, 1.0);
  return plane;
}

Plane magnitude(Plane a, const Plane& b, double scale) {
  for (std::size_t i = 0; i < a.values.size(); ++i)
    a.values[i] = scale * std::hypot(a.values[i], b.values[i]);
  return a;
}

Plane separable(const Plane& plane, const std::vector<double>& down,
                const std::vector<double>& along, Border border) {
  return correlate(correlate(plane, down, true, border), along, false, border);
}

}  // namespace

Plane sobel_magnitude(const Plane& plane, double sigma) {
  const Border border = Border::symmetric;
  Plane smooth = without_holes(plane);
  if (sigma > 0) smooth = separable(smooth, gaussian(sigma, false), gaussian(sigma, false), border);
  const std::vector<double> across{0.25, 0.5, 0.25}, difference{-1, 0, 1};
  return magnitude(separable(smooth, across, difference, border),
                   separable(smooth, difference, across, border), std::sqrt(0.5));
}

Plane gaussian_gradient_magnitude(const Plane& plane, double sigma) {
  const Border border = Border::replicate;
  const Plane image = without_holes(plane);
  const auto smooth = gaussian(sigma, false), slope = gaussian(sigma, true);
  return magnitude(separable(image, smooth, slope, border), separable(image, slope, smooth, border),
                   1);
}

}  // namespace slicecast::segmentation::reference
