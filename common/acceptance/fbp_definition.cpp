#include "common/acceptance/fbp_definition.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

namespace slicecast::acceptance {

namespace {

std::vector<double> filtered_rows(const RowScan& scan, const std::vector<double>& kernel) {
  const int n = scan.columns;
  std::vector<double> out(scan.lines.size(), 0.0);
  tbb::parallel_for(std::size_t{0}, scan.angles_rad.size(), [&](std::size_t p) {
    const double* line = scan.lines.data() + p * static_cast<std::size_t>(n);
    double* filtered = out.data() + p * static_cast<std::size_t>(n);
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i)
        filtered[j] += line[i] * kernel[static_cast<std::size_t>(std::abs(i - j))];
  });
  return out;
}

}  // namespace

std::vector<double> ram_lak_kernel(int columns) {
  std::vector<double> kernel(static_cast<std::size_t>(columns), 0.0);
  kernel[0] = 0.25;
  for (int k = 1; k < columns; k += 2)
    kernel[static_cast<std::size_t>(k)] = -1 / (M_PI * M_PI * k * k);
  return kernel;
}

std::vector<double> fbp_by_definition(const RowScan& scan, int size,
                                      const std::vector<double>& kernel) {
  const auto rows = filtered_rows(scan, kernel);
  const int last = scan.columns - 1;
  const double radius = std::min(scan.axis_column, last - scan.axis_column);
  std::vector<double> slice(static_cast<std::size_t>(size) * static_cast<std::size_t>(size), 0.0);
  tbb::parallel_for(0, size, [&](int r) {
    for (int c = 0; c < size; ++c) {
      const double x = c - (size - 1) / 2.0, y = r - (size - 1) / 2.0;
      if (std::hypot(x, y) > radius) continue;
      double sum = 0;
      for (std::size_t p = 0; p < scan.angles_rad.size(); ++p) {
        const double t =
            x * std::cos(scan.angles_rad[p]) + y * std::sin(scan.angles_rad[p]) + scan.axis_column;
        const int k = std::clamp(static_cast<int>(std::floor(t)), 0, last - 1);
        const double part = t - k;
        const double* line = rows.data() + p * static_cast<std::size_t>(scan.columns) + k;
        sum += scan.weights_rad[p] * (line[0] * (1 - part) + line[1] * part);
      }
      slice[static_cast<std::size_t>(r) * static_cast<std::size_t>(size) +
            static_cast<std::size_t>(c)] = sum;
    }
  });
  return slice;
}

}  // namespace slicecast::acceptance
