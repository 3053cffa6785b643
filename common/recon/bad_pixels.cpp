#include "common/recon/bad_pixels.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace slicecast::recon {
namespace {

struct Source {
  std::int64_t pixel;
  double weight;
};
using Sources = std::vector<Source>;

double median_of(std::vector<float> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Planner {
 public:
  Planner(const std::vector<std::uint8_t>& mask, int rows, int columns)
      : rows_(rows), columns_(columns), known_(mask.size()) {
    for (std::size_t i = 0; i < mask.size(); ++i) {
      known_[i] = mask[i] == 0;
      if (mask[i] != 0) open_.push_back(static_cast<std::int64_t>(i));
    }
    bad_ = open_;
    sources_.resize(bad_.size());
  }

  Interpolation plan() {
    while (!open_.empty())
      if (!pass(true)) pass(false);
    return result();
  }

 private:
  // Resolves what it can from the pixels known before it began. `pairs`: only between two of them.
  bool pass(bool pairs) {
    scan();
    std::vector<std::int64_t> still_open;
    std::vector<std::pair<std::int64_t, Sources>> found;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const std::int64_t pixel = open_[i];
      Sources sources = pairs ? between(i) : beside(i);
      if (sources.empty())
        still_open.push_back(pixel);
      else
        found.emplace_back(pixel, std::move(sources));
    }
    for (auto& [pixel, sources] : found) {
      known_[pixel] = 1;
      sources_[entry_of(pixel)] = std::move(sources);
    }
    const bool progress = !found.empty();
    open_ = std::move(still_open);
    return progress;
  }

  // Nearest known row or column beyond each open pixel, -1: none. A neighbour that is open too has
  // the same answer, and open_ is sorted, so every answer takes one step.
  void scan() {
    const std::size_t count = open_.size();
    left_.assign(count, -1);
    right_ = up_ = down_ = left_;
    const auto place = [&](std::int64_t pixel) {
      return std::lower_bound(open_.begin(), open_.end(), pixel) - open_.begin();
    };
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t pixel = open_[i];
      const int r = static_cast<int>(pixel / columns_), c = static_cast<int>(pixel % columns_);
      if (c > 0) left_[i] = known_[pixel - 1] ? c - 1 : left_[i - 1];
      if (r > 0) up_[i] = known_[pixel - columns_] ? r - 1 : up_[place(pixel - columns_)];
    }
    for (std::size_t i = count; i-- > 0;) {
      const std::int64_t pixel = open_[i];
      const int r = static_cast<int>(pixel / columns_), c = static_cast<int>(pixel % columns_);
      if (c + 1 < columns_) right_[i] = known_[pixel + 1] ? c + 1 : right_[i + 1];
      if (r + 1 < rows_)
        down_[i] = known_[pixel + columns_] ? r + 1 : down_[place(pixel + columns_)];
    }
  }

  Sources between(std::size_t i) const {
    const std::int64_t pixel = open_[i];
    const int r = static_cast<int>(pixel / columns_), c = static_cast<int>(pixel % columns_);
    const int left = left_[i], right = right_[i], up = up_[i], down = down_[i];
    const bool in_row = left >= 0 && right >= 0, in_column = up >= 0 && down >= 0;
    if (!in_row && !in_column) return {};
    const int width = in_row ? right - left : rows_ + columns_;
    const int height = in_column ? down - up : rows_ + columns_;
    const double row_share = width < height ? 1 : width > height ? 0 : 0.5;
    Sources sources;
    if (row_share > 0) {
      append(sources, index(r, left), row_share * (right - c) / width);
      append(sources, index(r, right), row_share * (c - left) / width);
    }
    if (row_share < 1) {
      append(sources, index(up, c), (1 - row_share) * (down - r) / height);
      append(sources, index(down, c), (1 - row_share) * (r - up) / height);
    }
    return sources;
  }

  Sources beside(std::size_t i) const {
    const std::int64_t pixel = open_[i];
    const int r = static_cast<int>(pixel / columns_), c = static_cast<int>(pixel % columns_);
    std::int64_t nearest = -1;
    int distance = rows_ + columns_;
    const auto consider = [&](int row, int column) {
      if (row < 0 || column < 0) return;
      const int steps = std::abs(row - r) + std::abs(column - c);
      if (steps >= distance) return;
      distance = steps;
      nearest = index(row, column);
    };
    consider(r, left_[i]);
    consider(r, right_[i]);
    consider(up_[i], c);
    consider(down_[i], c);
    Sources sources;
    if (nearest >= 0) append(sources, nearest, 1);
    return sources;
  }

  // A source that was itself interpolated stands for its own sources.
  void append(Sources& sources, std::int64_t pixel, double weight) const {
    const auto add = [&](std::int64_t good, double share) {
      for (Source& s : sources)
        if (s.pixel == good) {
          s.weight += share;
          return;
        }
      sources.push_back({good, share});
    };
    const auto found = std::lower_bound(bad_.begin(), bad_.end(), pixel);
    if (found == bad_.end() || *found != pixel) return add(pixel, weight);
    for (const Source& s : sources_[found - bad_.begin()]) add(s.pixel, weight * s.weight);
  }

  Interpolation result() const {
    Interpolation plan;
    plan.first_of_row.assign(rows_ + 1, 0);
    plan.first_source.push_back(0);
    for (std::size_t i = 0; i < bad_.size(); ++i) {
      ++plan.first_of_row[bad_[i] / columns_ + 1];
      plan.column.push_back(static_cast<int>(bad_[i] % columns_));
      for (const Source& s : sources_[i]) {
        plan.source.push_back(s.pixel);
        plan.weight.push_back(s.weight);
      }
      plan.first_source.push_back(static_cast<int>(plan.source.size()));
    }
    for (int r = 0; r < rows_; ++r) plan.first_of_row[r + 1] += plan.first_of_row[r];
    return plan;
  }

  std::int64_t index(int r, int c) const { return static_cast<std::int64_t>(r) * columns_ + c; }
  std::size_t entry_of(std::int64_t pixel) const {
    return std::lower_bound(bad_.begin(), bad_.end(), pixel) - bad_.begin();
  }

  const int rows_, columns_;
  std::vector<std::uint8_t> known_;
  std::vector<std::int64_t> bad_, open_;
  std::vector<Sources> sources_;
  std::vector<int> left_, right_, up_, down_;  // per open pixel
};

}  // namespace

std::vector<std::uint8_t> bad_pixel_mask(const ProcessDesc& desc) {
  std::vector<std::uint8_t> mask;
  if (desc.bad) mask = *desc.bad;
  if (desc.flat && !desc.parameters.already_linear) {
    std::vector<float> open(*desc.flat);
    if (desc.dark)
      for (std::size_t i = 0; i < open.size(); ++i) open[i] -= (*desc.dark)[i];
    double least = 0;
    if (desc.parameters.bad_pixel_threshold > 0) {
      std::vector<float> finite;
      std::copy_if(open.begin(), open.end(), std::back_inserter(finite),
                   [](float v) { return std::isfinite(v); });
      least = desc.parameters.bad_pixel_threshold * median_of(std::move(finite));
    }
    mask.resize(open.size());
    for (std::size_t i = 0; i < open.size(); ++i)
      if (!(open[i] > 0) || !std::isfinite(open[i]) || open[i] < least) mask[i] = 1;
  }
  if (std::none_of(mask.begin(), mask.end(), [](std::uint8_t m) { return m != 0; })) mask.clear();
  return mask;
}

Interpolation plan_interpolation(const std::vector<std::uint8_t>& mask, int rows, int columns) {
  if (mask.empty()) return {};
  return Planner(mask, rows, columns).plan();
}

}  // namespace slicecast::recon
