#include "plugins/sdk/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace slicecast::plugin {

Statistics statistics(const SliceView& slice, const Disc& disc) {
  const double x = disc.x * slice.columns - 0.5, y = disc.y * slice.rows - 0.5;
  const double radius = disc.radius * slice.columns;
  Statistics found;
  double sum = 0, squares = 0;
  for (int r = 0; r < slice.rows; ++r)
    for (int c = 0; c < slice.columns; ++c) {
      if ((c - x) * (c - x) + (r - y) * (r - y) > radius * radius) continue;
      const double value = slice(r, c);
      ++found.count;
      sum += value;
      squares += value * value;
    }
  const double count = std::max<double>(1, static_cast<double>(found.count));
  found.mean = sum / count;
  found.deviation = std::sqrt(std::max(squares / count - found.mean * found.mean, 0.0));
  return found;
}

void History::add(const SliceView& slice, const std::vector<double>& row, std::int64_t most,
                  Output& out, const std::string& title) {
  auto& rows = rows_[slice.key()];
  auto& added = rows.emplace_back(1, 1e-9 * static_cast<double>(slice.stamp().acquired_ns()));
  added.insert(added.end(), row.begin(), row.end());
  while (static_cast<std::int64_t>(rows.size()) > most) rows.pop_front();
  std::vector<Output::Column> columns{{"time", "s", {}}};
  for (const auto& [name, unit] : columns_) columns.push_back({name, unit, {}});
  for (const auto& each : rows)
    for (std::size_t i = 0; i < std::min(columns.size(), each.size()); ++i)
      columns[i].values.push_back(each[i]);
  out.table(&slice, title, columns);
}

namespace {

void convolve_line(const float* in, float* out, int count, std::ptrdiff_t step,
                   const std::vector<double>& weights) {
  const int reach = static_cast<int>(weights.size() / 2);
  for (int i = 0; i < count; ++i) {
    double sum = 0, total = 0;
    for (int k = std::max(0, i - reach); k <= std::min(count - 1, i + reach); ++k) {
      const double weight = weights[static_cast<std::size_t>(k - i + reach)];
      sum += weight * in[k * step];
      total += weight;
    }
    out[i * step] = static_cast<float>(sum / total);
  }
}

}  // namespace

void convolve(const SliceView& slice, const std::vector<double>& weights, const ValuesOut& out) {
  std::vector<float> rows(slice.pixels.size());
  const std::ptrdiff_t columns = slice.columns;
  for (std::ptrdiff_t r = 0; r < slice.rows; ++r)
    convolve_line(slice.pixels.data() + r * columns, rows.data() + r * columns, slice.columns, 1,
                  weights);
  for (std::ptrdiff_t c = 0; c < columns; ++c)
    convolve_line(rows.data() + c, out.pixels.data() + c, slice.rows, columns, weights);
}

}  // namespace slicecast::plugin
