#include "common/segmentation/random_walker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/segmentation/grid_solver.h"
#include "common/segmentation/stencil_kernels.h"

namespace slicecast::segmentation {
namespace {

constexpr float kLeastWeight = 1e-10f;  // keeps the grid connected
constexpr int kStepsAtMost = 500;

double standard_deviation(const Prepared& prepared) {
  if (prepared.count == 0) return 0;
  const double mean = prepared.minimum + prepared.sum / static_cast<double>(prepared.count);
  double sum = 0;
  for (int r = 0; r < prepared.image.rows; ++r)
    sum += kernels::square_sum(prepared.image.row(r), static_cast<float>(mean));
  return std::sqrt(sum / static_cast<double>(prepared.count));
}

// Weights of all edges between pixels that take part.
struct Edges {
  GridLayout layout;
  std::span<double> east, south;
};

Edges edges_of(const Prepared& prepared, double beta, Workspace& workspace) {
  const auto& image = prepared.image;
  const GridLayout layout(image.rows, image.columns);
  const Edges edges{layout, layout.zeros(workspace), layout.zeros(workspace)};
  const double deviation = standard_deviation(prepared);
  const float scale = deviation > 0 ? static_cast<float>(beta / (10 * deviation)) : 0.0f;
  const std::size_t columns = static_cast<std::size_t>(image.columns);
  workspace.for_bands(image.rows, kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const float* const row = image.row(r).data();
      kernels::edge_weights(row, row + 1, scale, kLeastWeight, edges.east.data() + layout.row(r),
                            columns - 1);
      if (r + 1 < image.rows)
        kernels::edge_weights(row, image.row(r + 1).data(), scale, kLeastWeight,
                              edges.south.data() + layout.row(r), columns);
    }
  });
  return edges;
}

// The seed of every pixel on the layout of the grid: 0 for those to be decided, kOutside for those
// that take no part and for pads.
constexpr std::uint8_t kOutside = 255;

std::span<std::uint8_t> seeds_on(const GridLayout& layout, const Prepared& prepared,
                                 const Markers& markers, Workspace& workspace) {
  const auto seeds = workspace.take<std::uint8_t>(layout.size());
  std::fill(seeds.begin(), seeds.end(), kOutside);
  workspace.for_bands(layout.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const auto values = prepared.image.row(r);
      const auto given = markers.row(r);
      std::uint8_t* const row = seeds.data() + layout.row(r);
      for (std::size_t c = 0; c < values.size(); ++c)
        row[c] = values[c] == values[c] ? given[c] : kOutside;
    }
  });
  return seeds;
}

// Calls body(weight of the edge, place of the neighbour) for the four neighbours of place i.
template <class Body>
void each_neighbour(const Edges& edges, std::size_t i, const Body& body) {
  const std::size_t stride = static_cast<std::size_t>(edges.layout.stride());
  body(edges.east[i], i + 1);
  body(edges.east[i - 1], i - 1);
  body(edges.south[i], i + stride);
  body(edges.south[i - stride], i - stride);
}

// Seeds are fixed points; what remains are the pixels to be decided.
Grid grid_of(const Edges& edges, std::span<const std::uint8_t> seeds, Workspace& workspace) {
  const auto& layout = edges.layout;
  Grid grid(layout.rows(), layout.columns(), workspace);
  const std::size_t stride = static_cast<std::size_t>(layout.stride());
  workspace.for_bands(layout.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const std::size_t begin = layout.row(r);
      for (std::size_t i = begin; i < begin + static_cast<std::size_t>(layout.columns()); ++i) {
        const auto open = [&](std::size_t j) { return seeds[j] == 0 ? 1.0 : 0.0; };
        const double here = open(i);
        grid.east[i] = here * open(i + 1) * edges.east[i];
        grid.south[i] = here * open(i + stride) * edges.south[i];
        double fixed = 0;
        each_neighbour(edges, i, [&](double weight, std::size_t j) {
          fixed += weight * (1 - open(j));  // of weight 0 where no pixel takes part
        });
        grid.fixed[i] = here * fixed;
      }
    }
  });
  return grid;
}

void couple(const Edges& edges, std::span<const std::uint8_t> seeds, std::uint8_t to,
            std::span<double> right, Workspace& workspace) {
  const auto& layout = edges.layout;
  workspace.for_bands(layout.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const std::size_t begin = layout.row(r);
      for (std::size_t i = begin; i < begin + static_cast<std::size_t>(layout.columns()); ++i) {
        double sum = 0;
        each_neighbour(edges, i,
                       [&](double weight, std::size_t j) { sum += seeds[j] == to ? weight : 0; });
        right[i] = seeds[i] == 0 ? sum : 0;
      }
    }
  });
}

// 1 for what seeds reach over edges, by walking from them.
std::span<std::uint8_t> reached(const Edges& edges, std::span<const std::uint8_t> seeds,
                                Workspace& workspace) {
  const auto seen = workspace.take<std::uint8_t>(seeds.size());
  const auto open = workspace.take<std::size_t>(seeds.size());
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    seen[i] = seeds[i] != 0 && seeds[i] != kOutside ? 1 : 0;
    if (seen[i] != 0) open[waiting++] = i;
  }
  while (waiting != 0) {
    each_neighbour(edges, open[--waiting], [&](double weight, std::size_t j) {
      if (weight > 0 && seen[j] == 0) seen[j] = 1, open[waiting++] = j;
    });
  }
  return seen;
}

std::vector<std::uint8_t> classes_of(std::span<const std::uint8_t> seeds) {
  std::array<bool, 256> present{};
  for (std::uint8_t seed : seeds) present[seed] = true;
  std::vector<std::uint8_t> classes;
  for (std::uint8_t k = 1; k < kOutside; ++k)
    if (present[k]) classes.push_back(k);
  return classes;
}

// The best class so far of each pixel and its chance; `rest` is what all before leave.
struct Decision {
  std::span<std::uint8_t> best;
  std::span<double> chance, rest;
};

void decide(const Decision& decision, std::uint8_t to, std::span<const double> chance) {
  for (std::size_t i = 0; i < chance.size(); ++i) {
    decision.rest[i] -= chance[i];
    if (!(chance[i] > decision.chance[i])) continue;
    decision.chance[i] = chance[i];
    decision.best[i] = to;
  }
}

Result<void> solve_classes(std::span<const std::uint8_t> classes, const Edges& edges,
                           std::span<const std::uint8_t> seeds, double tolerance,
                           const Decision& decision, Workspace& workspace) {
  const Grid grid = grid_of(edges, seeds, workspace);
  GridSolver solver(grid, workspace);
  const auto right = edges.layout.zeros(workspace), chance = edges.layout.zeros(workspace);
  // The chances of all classes add up to 1, so the last class takes what the others leave.
  for (std::size_t k = 0; k + 1 < classes.size(); ++k) {
    couple(edges, seeds, classes[k], right, workspace);
    const auto outcome = solver.solve(right, chance, tolerance, kStepsAtMost);
    if (!std::isfinite(outcome.residual))
      return Error{Errc::unsupported, "the random walk has no finite solution; lower beta"};
    decide(decision, classes[k], chance);
  }
  return {};
}

}  // namespace

Result<void> RandomWalker::validate() const {
  if (!(beta >= 0 && beta <= 1e6))
    return Error{Errc::invalid_argument, "beta is " + std::to_string(beta) + "; give 0 to 1e6"};
  if (!(tolerance >= 1e-6 && tolerance <= 0.1))
    return Error{Errc::invalid_argument,
                 "tolerance is " + std::to_string(tolerance) + "; give 1e-6 to 0.1"};
  return markers.validate();
}

Result<void> RandomWalker::segment(const Field& field, const Labels& labels,
                                   Workspace& workspace) const {
  if (auto ok = validate(); !ok) return ok;
  if (auto ok = segmentation::validate(field, labels); !ok) return ok;
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(field, workspace);
  const auto& image = prepared.image;
  const ImageView<std::uint8_t> seeds(
      workspace
          .take<std::uint8_t>(static_cast<std::size_t>(image.rows) *
                              static_cast<std::size_t>(image.columns))
          .data(),
      image.rows, image.columns);
  markers.mark(prepared, seeds, workspace);
  return segment(field, seeds, labels, workspace);
}

Result<void> RandomWalker::segment(const Field& field, const Markers& given, const Labels& labels,
                                   Workspace& workspace) const {
  if (auto ok = validate(); !ok) return ok;
  if (auto ok = segmentation::validate(field, labels); !ok) return ok;
  if (auto ok = segmentation::validate(field, given); !ok) return ok;
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(field, workspace);
  const Edges edges = edges_of(prepared, beta, workspace);
  const auto& layout = edges.layout;
  const auto seeds = seeds_on(layout, prepared, given, workspace);
  const auto classes = classes_of(seeds);
  if (classes.empty()) {
    for (int r = 0; r < labels.rows; ++r) std::ranges::fill(labels.row(r), std::uint8_t{0});
    return {};
  }
  const Decision decision{workspace.take<std::uint8_t>(layout.size()), layout.zeros(workspace),
                          layout.zeros(workspace)};
  std::fill(decision.rest.begin(), decision.rest.end(), 1.0);
  if (auto ok = solve_classes(classes, edges, seeds, tolerance, decision, workspace); !ok)
    return ok;
  const auto connected =
      prepared.complete() ? std::span<std::uint8_t>() : reached(edges, seeds, workspace);
  const std::uint8_t last = classes.back();
  workspace.for_bands(layout.rows(), kBandRows, [&](int first, int end) {
    for (int r = first; r < end; ++r) {
      std::size_t i = layout.row(r);
      for (std::uint8_t& label : labels.row(r)) {
        const bool left = !connected.empty() && connected[i] == 0;
        const std::uint8_t walked = decision.rest[i] > decision.chance[i] ? last : decision.best[i];
        if (seeds[i] == kOutside || left)
          label = 0;
        else
          label = seeds[i] == 0 ? walked : seeds[i];
        ++i;
      }
    }
  });
  return {};
}

}  // namespace slicecast::segmentation
