#include "common/segmentation/gradient.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "common/segmentation/row_kernels.h"

namespace slicecast::segmentation {
namespace {

int inside(int index, int size, Border border) {
  if (border == Border::replicate) return std::clamp(index, 0, size - 1);
  // An image smaller than the window is mirrored again and again.
  const int period = 2 * size;
  const int place = ((index % period) + period) % period;
  return place < size ? place : period - 1 - place;
}

std::size_t pixels_of(ImageView<const float> image) {
  return static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns);
}

ImageView<float> image_like(ImageView<const float> image, Workspace& workspace) {
  return {workspace.take<float>(pixels_of(image)).data(), image.rows, image.columns};
}

ImageView<const float> without_holes(const Prepared& prepared, Workspace& workspace) {
  if (prepared.complete()) return prepared.image;
  const float mean = static_cast<float>(
      prepared.count == 0 ? 0
                          : prepared.minimum + prepared.sum / static_cast<double>(prepared.count));
  const auto filled = image_like(prepared.image, workspace);
  for (int r = 0; r < filled.rows; ++r)
    std::transform(prepared.image.row(r).begin(), prepared.image.row(r).end(),
                   filled.row(r).begin(), [mean](float v) { return v == v ? v : mean; });
  return filled;
}

}  // namespace

std::span<const float> gaussian_weights(double sigma, int order, Workspace& workspace) {
  const int radius = static_cast<int>(4 * sigma + 0.5);
  const auto weights = workspace.take<float>(static_cast<std::size_t>(2 * radius + 1));
  double sum = 0;
  for (int x = -radius; x <= radius; ++x) sum += std::exp(-x * x / (2 * sigma * sigma));
  for (int x = -radius; x <= radius; ++x) {
    const double gaussian = std::exp(-x * x / (2 * sigma * sigma)) / sum;
    weights[static_cast<std::size_t>(x + radius)] =
        static_cast<float>(order == 0 ? gaussian : gaussian * x / (sigma * sigma));
  }
  return weights;
}

void correlate(ImageView<const float> image, std::span<const float> down,
               std::span<const float> along, Border border, ImageView<float> out,
               Workspace& workspace) {
  const Workspace::Frame frame(workspace);
  const int reach_down = static_cast<int>(down.size() / 2);
  const int reach = static_cast<int>(along.size() / 2);
  const std::size_t padded = static_cast<std::size_t>(image.columns + 2 * reach);
  const std::size_t taps = std::max(down.size(), along.size());
  const std::size_t bands = static_cast<std::size_t>(bands_of(image.rows));
  const auto lines = workspace.take<float>(bands * padded);
  const auto pointers = workspace.take<const float*>(bands * taps);
  workspace.for_bands(image.rows, kBandRows, [&](int first, int last) {
    const std::size_t band = static_cast<std::size_t>(first / kBandRows);
    float* const line = lines.data() + band * padded;
    const float** const rows = pointers.data() + band * taps;
    const std::size_t columns = static_cast<std::size_t>(image.columns);
    for (int r = first; r < last; ++r) {
      for (int k = -reach_down; k <= reach_down; ++k)
        rows[k + reach_down] = image.row(inside(r + k, image.rows, border)).data();
      kernels::weighted_sum(rows, down, columns, line + reach);
      for (int k = 1; k <= reach; ++k) {
        line[reach - k] = line[reach + inside(-k, image.columns, border)];
        line[reach + image.columns - 1 + k] =
            line[reach + inside(image.columns - 1 + k, image.columns, border)];
      }
      for (std::size_t k = 0; k < along.size(); ++k) rows[k] = line + k;
      kernels::weighted_sum(rows, along, columns, out.row(r).data());
    }
  });
}

namespace {

// a = scale sqrt(a^2 + b^2)
void magnitude(ImageView<float> a, ImageView<const float> b, float scale, Workspace& workspace) {
  workspace.for_bands(a.rows, kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      float* const row = a.row(r).data();
      const float* const other = b.row(r).data();
      for (int c = 0; c < a.columns; ++c)
        row[c] = scale * std::sqrt(row[c] * row[c] + other[c] * other[c]);
    }
  });
}

}  // namespace

ImageView<float> sobel_magnitude(const Prepared& prepared, double sigma, Workspace& workspace) {
  const auto result = image_like(prepared.image, workspace);
  const Workspace::Frame frame(workspace);
  auto smooth = without_holes(prepared, workspace);
  if (sigma > 0) {
    const auto weights = gaussian_weights(sigma, 0, workspace);
    const auto smoothed = image_like(smooth, workspace);
    correlate(smooth, weights, weights, Border::symmetric, smoothed, workspace);
    smooth = smoothed;
  }
  constexpr std::array<float, 3> kAcross{0.25f, 0.5f, 0.25f}, kDifference{-1, 0, 1};
  const auto vertical = image_like(smooth, workspace);
  correlate(smooth, kAcross, kDifference, Border::symmetric, result, workspace);
  correlate(smooth, kDifference, kAcross, Border::symmetric, vertical, workspace);
  magnitude(result, vertical, std::sqrt(0.5f), workspace);
  return result;
}

ImageView<float> gaussian_gradient_magnitude(const Prepared& prepared, double sigma,
                                             Workspace& workspace) {
  const auto result = image_like(prepared.image, workspace);
  const Workspace::Frame frame(workspace);
  const auto image = without_holes(prepared, workspace);
  const auto smooth = gaussian_weights(sigma, 0, workspace);
  const auto slope = gaussian_weights(sigma, 1, workspace);
  const auto vertical = image_like(image, workspace);
  correlate(image, smooth, slope, Border::replicate, result, workspace);
  correlate(image, slope, smooth, Border::replicate, vertical, workspace);
  magnitude(result, vertical, 1, workspace);
  return result;
}

}  // namespace slicecast::segmentation
