// Filtered backprojection of one row of a parallel scan by its definition, in double precision:
// spatial Ram-Lak kernel over the whole row, linear interpolation, t = x cos + y sin + c.
#pragma once

#include <vector>

namespace slicecast::acceptance {

struct RowScan {
  int columns = 0;
  std::vector<double> lines;  // [projection][column]
  std::vector<double> angles_rad;
  std::vector<double> weights_rad;
  double axis_column = 0;
};

// Kernel values by lag, 0..columns-1.
std::vector<double> ram_lak_kernel(int columns);

// size x size slice, x = column - (size-1)/2, y = row - (size-1)/2, pixel 1; 0 outside the circle
// of radius min(c, columns-1-c).
std::vector<double> fbp_by_definition(const RowScan& scan, int size,
                                      const std::vector<double>& kernel);

}  // namespace slicecast::acceptance
