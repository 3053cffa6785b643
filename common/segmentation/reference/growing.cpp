#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <queue>
#include <tuple>

#include "common/segmentation/reference/reference.h"

namespace slicecast::segmentation::reference {
namespace {

constexpr std::array<std::array<int, 2>, 8> kAround{
    {{-1, 0}, {0, -1}, {0, 1}, {1, 0}, {-1, -1}, {-1, 1}, {1, -1}, {1, 1}}};

}  // namespace

LabelPlane flood(const Plane& relief, const LabelPlane& markers) {
  LabelPlane labels(markers.size());
  using Item = std::tuple<double, int, int, int>;  // height, arrival, row, column
  std::priority_queue<Item, std::vector<Item>, std::greater<>> waiting;
  int arrivals = 0;
  const auto place = [&](int r, int c) { return static_cast<std::size_t>(r * relief.columns + c); };
  for (int r = 0; r < relief.rows; ++r)
    for (int c = 0; c < relief.columns; ++c)
      if (relief.has(r, c) && markers[place(r, c)] != 0) {
        labels[place(r, c)] = markers[place(r, c)];
        waiting.emplace(relief(r, c), arrivals++, r, c);
      }
  while (!waiting.empty()) {
    const auto [height, arrival, r, c] = waiting.top();
    waiting.pop();
    for (std::size_t k = 0; k < 4; ++k) {
      const int nr = r + kAround[k][0], nc = c + kAround[k][1];
      if (!relief.has(nr, nc) || labels[place(nr, nc)] != 0) continue;
      labels[place(nr, nc)] = labels[place(r, c)];
      waiting.emplace(relief(nr, nc), arrivals++, nr, nc);
    }
  }
  return labels;
}

std::vector<std::vector<double>> chances(const RandomWalker& walker, const Plane& plane,
                                         const LabelPlane& seeds, int classes) {
  double sum = 0, squares = 0, count = 0;
  for (double v : plane.values)
    if (v == v) sum += v, ++count;
  for (double v : plane.values)
    if (v == v) squares += std::pow(v - sum / count, 2);
  const double deviation = std::sqrt(squares / count);
  // One equation per pixel, (sum of weights) x - sum of weight x of the neighbours = 0, and x = 1
  // or 0 where there is a seed, with a right side for every class; solved by elimination.
  const std::size_t pixels = plane.values.size(),
                    width = pixels + static_cast<std::size_t>(classes);
  std::vector<double> system(pixels * width);
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return system[i * width + j]; };
  for (int r = 0; r < plane.rows; ++r) {
    for (int c = 0; c < plane.columns; ++c) {
      const auto i = static_cast<std::size_t>(r * plane.columns + c);
      if (plane.has(r, c) && seeds[i] == 0) {
        for (std::size_t n = 0; n < 4; ++n) {
          const int nr = r + kAround[n][0], nc = c + kAround[n][1];
          if (!plane.has(nr, nc)) continue;
          const double difference = plane(r, c) - plane(nr, nc);
          const double weight =
              deviation > 0
                  ? std::exp(-walker.beta * difference * difference / (10 * deviation)) + 1e-10
                  : 1;
          at(i, i) += weight;
          at(i, static_cast<std::size_t>(nr * plane.columns + nc)) -= weight;
        }
      }
      if (at(i, i) == 0) at(i, i) = 1;  // a seed, or a pixel by itself
      if (plane.has(r, c) && seeds[i] != 0) at(i, pixels + seeds[i] - 1U) = 1;
    }
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t k = 0; k < pixels; ++k) {
      if (k == i || at(k, i) == 0 || std::abs(at(i, i)) < 1e-14) continue;
      const double factor = at(k, i) / at(i, i);
      for (std::size_t j = i; j < width; ++j) at(k, j) -= factor * at(i, j);
    }
  }
  std::vector<std::vector<double>> all(static_cast<std::size_t>(classes));
  for (std::size_t k = 0; k < all.size(); ++k)
    for (std::size_t i = 0; i < pixels; ++i)
      all[k].push_back(std::abs(at(i, i)) < 1e-14 ? 0 : at(i, pixels + k) / at(i, i));
  return all;
}

std::vector<ClassQuantities> measure(const Quantify& quantify, int rows, int columns,
                                     const LabelPlane& labels) {
  std::vector<ClassQuantities> quantities(static_cast<std::size_t>(quantify.classes));
  std::vector<bool> seen(labels.size());
  double labelled = 0;
  const auto place = [&](int r, int c) { return static_cast<std::size_t>(r * columns + c); };
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const std::uint8_t label = labels[place(r, c)];
      if (label == 0) continue;
      ++labelled;
      auto& of = quantities[label - 1U];
      ++of.pixels;
      if (seen[place(r, c)]) continue;
      std::deque<std::array<int, 2>> open{{r, c}};
      seen[place(r, c)] = true;
      std::uint64_t size = 0;
      for (; !open.empty(); ++size) {
        const auto [ar, ac] = open.front();
        open.pop_front();
        for (std::size_t k = 0; k < (quantify.diagonal ? 8U : 4U); ++k) {
          const int nr = ar + kAround[k][0], nc = ac + kAround[k][1];
          if (nr < 0 || nc < 0 || nr >= rows || nc >= columns || seen[place(nr, nc)] ||
              labels[place(nr, nc)] != label)
            continue;
          seen[place(nr, nc)] = true;
          open.push_back({nr, nc});
        }
      }
      if (size >= quantify.smallest_pixels) ++of.objects, of.object_pixels += size;
    }
  }
  for (auto& of : quantities) {
    const auto pixels = static_cast<double>(of.pixels);
    of.area_fraction = labelled > 0 ? pixels / labelled : 0;
    of.area_mm2 = pixels * quantify.pixel_area_mm2;
    of.mean_object_pixels =
        of.objects > 0 ? static_cast<double>(of.object_pixels) / static_cast<double>(of.objects)
                       : 0;
    of.mean_object_mm2 = of.mean_object_pixels * quantify.pixel_area_mm2;
  }
  return quantities;
}

}  // namespace slicecast::segmentation::reference
