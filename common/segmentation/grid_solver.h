// Solves A x = b for a five-point operator on a grid, A = Laplacian of its edges + what couples
// points to fixed ones: conjugate gradients (M. R. Hestenes, E. Stiefel (1952)) preconditioned by
// one multigrid cycle. Coarse grids are sums over blocks of 2x2 points, which keeps five points
// (A. Brandt (1986), algebraic multigrid by piecewise constants), their corrections scaled up as
// D. Braess (1995) has it. Double precision, since edges of next to no weight may be all that joins
// two parts.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "common/segmentation/stencil_kernels.h"
#include "common/segmentation/workspace.h"

namespace slicecast::segmentation {

// Numbers on a grid with pads that hold 0: at least one behind each row, a row above and below.
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
  std::span<double> zeros(Workspace& workspace) const;

 private:
  int rows_ = 0, columns_ = 0, stride_ = 0;
};

// One grid: edges to the point on the right and below, and the sum of the couplings to fixed
// points. Points without any coupling are not part of the system; their x stays 0.
struct Grid {
  GridLayout layout;
  std::span<double> east, south, fixed;
  std::span<double> diagonal, inverse_diagonal;  // filled by GridSolver
  Grid() = default;
  Grid(int rows, int columns, Workspace& workspace);  // all 0
};

class GridSolver {
 public:
  // Memory is the workspace's and must stay taken while this lives.
  GridSolver(const Grid& finest, Workspace& workspace);

  struct Outcome {
    int steps = 0;
    double residual = 0;  // the greater of the two that must fall below the tolerance
  };
  // x and b in the layout of the finest grid; x becomes the solution. Ends when b - A x is below
  // the tolerance, both over b and, over the diagonal, as the root mean square of all points (else
  // points of weak edges would count for nothing), or when rounding lets it fall no further.
  Outcome solve(std::span<const double> b, std::span<double> x, double tolerance,
                int steps_at_most);

 private:
  struct Level {
    Grid grid;
    std::span<double> right, x, other;
  };
  void finish(Grid& grid);
  Grid coarser(const Grid& fine);
  kernels::Stencil stencil(const Grid& grid, std::size_t first) const;
  // other = M^-1 right of a level; returns right . other.
  double precondition(std::size_t level);
  void restrict_residual(const Level& fine, const Level& coarse);
  void correct(const Level& fine, const Level& coarse);
  template <class Body>  // body(first point, number of points) -> Remainder, which are added up
  kernels::Remainder summed(const GridLayout& layout, const Body& body);
  template <class Body>
  void each(const GridLayout& layout, const Body& body);

  Workspace& workspace_;
  std::array<Level, 16> levels_;  // 2^15 exceeds any edge
  std::size_t depth_ = 0;
  std::span<double> direction_, applied_;
  std::span<kernels::Remainder> sums_;
};

}  // namespace slicecast::segmentation
