#include "common/recon/transmission.h"

#include <algorithm>
#include <cmath>

namespace slicecast::recon {

void Transmission::row(const void* raw, int row, int column, int count, double* out) const {
  const UprightMap& map = plan_.upright;
  read_pixels(raw, desc_.pixel_type, map.index(row, column), map.column_step, count, out);
  if (desc_.parameters.already_linear) return;
  const std::size_t first = static_cast<std::size_t>(row) * map.columns + column;
  for (int i = 0; i < count; ++i) {
    const double dark = desc_.dark ? (*desc_.dark)[first + i] : 0.0;
    const double open =
        desc_.flat ? (*desc_.flat)[first + i] - dark : desc_.parameters.incident_counts;
    out[i] = (out[i] - dark) / open;
  }
}

double Transmission::air_scale(const void* raw) const {
  const Rectangle& air = desc_.parameters.air;
  if (air.rows == 0) return 1;
  std::vector<double> line(air.columns);
  double sum = 0;
  std::size_t pixels = 0;
  for (int r = air.row; r < air.row + air.rows; ++r) {
    row(raw, r, air.column, air.columns, line.data());
    const std::size_t first = static_cast<std::size_t>(r) * plan_.upright.columns + air.column;
    for (int i = 0; i < air.columns; ++i) {
      if (!std::isfinite(line[i]) || (!plan_.bad.empty() && plan_.bad[first + i] != 0)) continue;
      sum += line[i];
      ++pixels;
    }
  }
  return sum > 0 ? static_cast<double>(pixels) / sum : 1;
}

TruncationJudge::TruncationJudge(const ProcessDesc& desc, const ProcessingPlan& plan)
    : desc_(desc), plan_(plan), transmission_(desc, plan) {
  constexpr int kRows = 16, kGroups = 20;
  const Rectangle& region = plan.region;
  const int rows = std::min(kRows, region.rows);
  for (int i = 0; i < rows; ++i)
    rows_.push_back(region.row + static_cast<int>((2LL * i + 1) * region.rows / (2 * rows)));
  width_ = std::min(4, region.columns);
  const int groups = std::clamp(region.columns / width_, 1, kGroups);
  const int room = region.columns - width_;
  for (int i = 0; i < groups; ++i)
    columns_.push_back(region.column +
                       static_cast<int>(groups == 1 ? 0 : 1LL * i * room / (groups - 1)));
  if (desc.coverage == Coverage::offset_axis) {
    left_ = plan.scan.axis_column - region.column > (region.columns - 1) / 2.0;
    right_ = !left_;
  }
}

bool TruncationJudge::truncated(const void* raw, double air_scale) const {
  const bool linear = desc_.parameters.already_linear;
  const double least = desc_.parameters.minimum_transmission;
  std::vector<double> profile(columns_.size());
  for (std::size_t g = 0; g < columns_.size(); ++g) {
    double sum = 0;
    int pixels = 0;
    for (int r : rows_) {
      double values[4];
      transmission_.row(raw, r, columns_[g], width_, values);
      const std::size_t first = static_cast<std::size_t>(r) * plan_.upright.columns + columns_[g];
      double product = 1;  // one logarithm for the group
      for (int i = 0; i < width_; ++i) {
        if (!std::isfinite(values[i]) || (!plan_.bad.empty() && plan_.bad[first + i] != 0))
          continue;
        if (linear)
          sum += values[i];
        else
          product *= std::clamp(values[i] * air_scale, least, 1e6);
        ++pixels;
      }
      sum -= std::log(product);
    }
    profile[g] = pixels == 0 ? 0 : sum / pixels;
  }
  constexpr double kShare = 0.1;
  const double most = *std::max_element(profile.begin(), profile.end());
  const double edge = std::max(left_ ? profile.front() : 0, right_ ? profile.back() : 0);
  return edge > kShare * most;
}

}  // namespace slicecast::recon
