#include "common/segmentation/grid_solver.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace slicecast::segmentation {
namespace {

// Damping of the Jacobi sweeps before and after each coarse correction; below 1 they and hence the
// cycle are positive definite for any weights.
constexpr double kDamping = 0.8;
// Piecewise constants bend too sharply between blocks, so that a coarse correction falls short.
constexpr double kOvercorrection = 1.6;
// A residual that took more steps than this to halve is as small as rounding lets it be.
constexpr int kStepsToHalve = 60;

}  // namespace

GridLayout::GridLayout(int rows, int columns)
    : rows_(rows), columns_(columns), stride_((columns + 1 + 15) / 16 * 16) {}

std::span<double> GridLayout::zeros(Workspace& workspace) const {
  const auto values = workspace.take<double>(size());
  std::fill(values.begin(), values.end(), 0.0);
  return values;
}

Grid::Grid(int rows, int columns, Workspace& workspace)
    : layout(rows, columns),
      east(layout.zeros(workspace)),
      south(layout.zeros(workspace)),
      fixed(layout.zeros(workspace)),
      diagonal(layout.zeros(workspace)),
      inverse_diagonal(layout.zeros(workspace)) {}

template <class Body>
void GridSolver::each(const GridLayout& layout, const Body& body) {
  workspace_.for_bands(layout.rows(), kBandRows, [&](int first, int last) {
    body(layout.row(first),
         static_cast<std::size_t>(last - first) * static_cast<std::size_t>(layout.stride()));
  });
}

template <class Body>
kernels::Remainder GridSolver::summed(const GridLayout& layout, const Body& body) {
  const std::size_t stride = static_cast<std::size_t>(layout.stride());
  workspace_.for_bands(layout.rows(), kBandRows, [&](int first, int last) {
    kernels::Remainder sum;
    for (int r = first; r < last; ++r) {
      const kernels::Remainder row = body(layout.row(r), stride);
      sum.squares += row.squares, sum.relative += row.relative;
    }
    sums_[static_cast<std::size_t>(first / kBandRows)] = sum;
  });
  kernels::Remainder sum;
  for (const auto& band : sums_.first(static_cast<std::size_t>(bands_of(layout.rows()))))
    sum.squares += band.squares, sum.relative += band.relative;
  return sum;
}

GridSolver::GridSolver(const Grid& finest, Workspace& workspace) : workspace_(workspace) {
  sums_ =
      workspace.take<kernels::Remainder>(static_cast<std::size_t>(bands_of(finest.layout.rows())));
  direction_ = finest.layout.zeros(workspace);
  applied_ = finest.layout.zeros(workspace);
  Grid grid = finest;
  while (true) {
    finish(grid);
    const auto& layout = grid.layout;
    levels_[depth_++] = {grid, layout.zeros(workspace), layout.zeros(workspace),
                         layout.zeros(workspace)};
    if (layout.rows() == 1 && layout.columns() == 1) break;
    grid = coarser(grid);
  }
}

kernels::Stencil GridSolver::stencil(const Grid& grid, std::size_t first) const {
  return {grid.diagonal.data() + first, grid.inverse_diagonal.data() + first,
          grid.east.data() + first, grid.south.data() + first, grid.layout.stride()};
}

void GridSolver::finish(Grid& grid) {
  const std::size_t stride = static_cast<std::size_t>(grid.layout.stride());
  each(grid.layout, [&](std::size_t first, std::size_t count) {
    for (std::size_t i = first; i < first + count; ++i)
      grid.diagonal[i] =
          grid.fixed[i] + grid.east[i] + grid.east[i - 1] + grid.south[i] + grid.south[i - stride];
    for (std::size_t i = first; i < first + count; ++i)
      grid.inverse_diagonal[i] = grid.diagonal[i] > 0 ? 1 / grid.diagonal[i] : 0;
  });
}

Grid GridSolver::coarser(const Grid& fine) {
  const auto half = [](int size) { return (size + 1) / 2; };
  Grid grid(half(fine.layout.rows()), half(fine.layout.columns()), workspace_);
  workspace_.for_bands(grid.layout.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      // Rows and columns beyond an odd edge are pads and add 0.
      const std::size_t up = fine.layout.row(2 * r), down = fine.layout.row(2 * r + 1);
      const std::size_t to = grid.layout.row(r);
      for (std::size_t c = 0; c < static_cast<std::size_t>(grid.layout.columns()); ++c) {
        const std::size_t a = up + 2 * c, b = down + 2 * c;
        grid.fixed[to + c] = fine.fixed[a] + fine.fixed[a + 1] + fine.fixed[b] + fine.fixed[b + 1];
        grid.east[to + c] = fine.east[a + 1] + fine.east[b + 1];
        grid.south[to + c] = fine.south[b] + fine.south[b + 1];
      }
    }
  });
  return grid;
}

void GridSolver::restrict_residual(const Level& fine, const Level& coarse) {
  workspace_.for_bands(coarse.grid.layout.rows(), kBandRows / 2, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const std::size_t stride = static_cast<std::size_t>(fine.grid.layout.stride());
      const std::size_t up = fine.grid.layout.row(2 * r), down = up + stride;
      const bool both = 2 * r + 1 < fine.grid.layout.rows();
      kernels::stencil_residual(stencil(fine.grid, up), fine.right.data() + up, fine.x.data() + up,
                                fine.other.data() + up, both ? 2 * stride : stride);
      const double* const a = fine.other.data() + up;
      const double* const b = fine.other.data() + down;
      double* const to = coarse.right.data() + coarse.grid.layout.row(r);
      for (int c = 0; c < coarse.grid.layout.columns(); ++c)
        to[c] = a[2 * c] + a[2 * c + 1] + (both ? b[2 * c] + b[2 * c + 1] : 0);
    }
  });
}

void GridSolver::correct(const Level& fine, const Level& coarse) {
  workspace_.for_bands(fine.grid.layout.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const double* const from = coarse.other.data() + coarse.grid.layout.row(r / 2);
      const std::size_t at = fine.grid.layout.row(r);
      double* const x = fine.x.data() + at;
      const double* const inverse = fine.grid.inverse_diagonal.data() + at;
      for (int c = 0; c < fine.grid.layout.columns(); ++c)
        x[c] += inverse[c] > 0 ? kOvercorrection * from[c / 2] : 0;
    }
  });
}

double GridSolver::precondition(std::size_t index) {
  const Level& level = levels_[index];
  const auto& layout = level.grid.layout;
  if (index + 1 == depth_) {
    const std::size_t only = layout.row(0);
    level.other[only] = level.right[only] * level.grid.inverse_diagonal[only];
    return 0;
  }
  each(layout, [&](std::size_t first, std::size_t count) {
    kernels::stencil_first_relax(stencil(level.grid, first), kDamping, level.right.data() + first,
                                 level.x.data() + first, count);
  });
  restrict_residual(level, levels_[index + 1]);
  precondition(index + 1);
  correct(level, levels_[index + 1]);
  const auto along = summed(layout, [&](std::size_t first, std::size_t count) {
    return kernels::Remainder{
        kernels::stencil_relax(stencil(level.grid, first), kDamping, level.right.data() + first,
                               level.x.data() + first, level.other.data() + first, count)};
  });
  return along.squares;
}

GridSolver::Outcome GridSolver::solve(std::span<const double> b, std::span<double> x,
                                      double tolerance, int steps_at_most) {
  const Level& finest = levels_[0];
  const auto& grid = finest.grid;
  const auto& layout = grid.layout;
  const std::span<double> rest = finest.right, better = finest.other;
  std::fill(x.begin(), x.end(), 0.0);
  std::copy(b.begin(), b.end(), rest.begin());
  std::fill(direction_.begin(), direction_.end(), 0.0);
  std::fill(applied_.begin(), applied_.end(), 0.0);
  const auto advanced = [&](double step) {
    return summed(layout, [&](std::size_t first, std::size_t count) {
      return kernels::advance(step, direction_.data() + first, applied_.data() + first,
                              grid.inverse_diagonal.data() + first, x.data() + first,
                              rest.data() + first, count);
    });
  };
  const double points = static_cast<double>(layout.rows()) * layout.columns();
  kernels::Remainder left = advanced(0);
  const double wanted = left.squares;
  const auto residual = [&] {
    return wanted > 0 ? std::sqrt(std::max(left.squares / wanted, left.relative / points)) : 0.0;
  };
  Outcome outcome{0, residual()};
  double along = 0, halved = outcome.residual;
  int halved_at = 0;
  while (outcome.residual > tolerance && outcome.steps < steps_at_most &&
         outcome.steps - halved_at <= kStepsToHalve) {
    const double before = std::exchange(along, precondition(0));
    const double share = outcome.steps == 0 ? 0 : along / before;
    each(layout, [&](std::size_t first, std::size_t count) {
      kernels::redirect(better.data() + first, share, direction_.data() + first, count);
    });
    const double curvature =
        summed(layout, [&](std::size_t first, std::size_t count) {
          return kernels::Remainder{kernels::stencil_apply(
              stencil(grid, first), direction_.data() + first, applied_.data() + first, count)};
        }).squares;
    if (!(curvature > 0)) break;  // rounding has the last word
    left = advanced(along / curvature);
    ++outcome.steps;
    outcome.residual = residual();
    if (outcome.residual < halved / 2) halved = outcome.residual, halved_at = outcome.steps;
  }
  return outcome;
}

}  // namespace slicecast::segmentation
