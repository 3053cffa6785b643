// Solves A x = b for a five-point operator on a grid, A = Laplacian of its edges + what couples
// points to fixed ones: conjugate gradients (M. R. Hestenes, E. Stiefel (1952)) preconditioned by
// one multigrid cycle. Coarse grids are sums over blocks of 2x2 points, which keeps five points
// (A. Brandt (1986), algebraic multigrid by piecewise constants), their corrections scaled up as
// D. Braess (1995) has it.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "common/segmentation/stencil_kernels.h"
#include "common/segmentation/workspace.h"

namespace slicecast::segmentation {

// Floats on a grid with pads that hold 0: at least one behind each row, a row above and below.
class GridLayout {
 public:
  GridLayout() = default;
  GridLayout(int rows, int columns);
  int rows() const { return rows_; }
  int columns() const { return columns_; }
  int stride() const { return stride_; }
  std::size_t row(int r) const {  // of its first point
    return static_cast<std::size_t>(r + 1) * static_cast<std::size_t>(stride_) + 16;
  }
  std::size_t size() const { return row(rows_ + 1); }
  std::span<float> zeros(Workspace& workspace) const;

 private:
  int rows_ = 0, columns_ = 0, stride_ = 0;
};

// One grid: edges to the point on the right and below, and the sum of the couplings to fixed
// points. Points without any coupling are not part of the system; their x stays 0.
struct Grid {
  GridLayout layout;
  std::span<float> east, south, fixed;
  std::span<float> diagonal, inverse_diagonal;  // filled by GridSolver
  Grid() = default;
  Grid(int rows, int columns, Workspace& workspace);  // all 0
};

class GridSolver {
 public:
  // Memory is the workspace's and must stay taken while this lives.
  GridSolver(const Grid& finest, Workspace& workspace);

  struct Outcome {
    int steps = 0;
    double residual = 0;  // of b - A x over that of b, Euclidean
  };
  // x and b in the layout of the finest grid; x is the start, 0 where there is no better.
  Outcome solve(std::span<const float> b, std::span<float> x, double tolerance, int steps_at_most);

 private:
  struct Level {
    Grid grid;
    std::span<float> right, x, other;
  };
  void finish(Grid& grid);
  Grid coarser(const Grid& fine);
  kernels::Stencil stencil(const Grid& grid, int first_row) const;
  // other = M^-1 right of a level; returns right . other.
  double precondition(std::size_t level);
  void restrict_residual(const Level& fine, const Level& coarse);
  void correct(const Level& fine, const Level& coarse);
  template <class Body>  // body(first point, number of points) -> double
  double summed(const GridLayout& layout, const Body& body);
  template <class Body>
  void each(const GridLayout& layout, const Body& body);

  Workspace& workspace_;
  std::array<Level, 16> levels_;  // 2^15 exceeds any edge
  std::size_t depth_ = 0;
  std::span<float> direction_, applied_;
  std::span<double> sums_;
};

}  // namespace slicecast::segmentation
