#include <algorithm>

#include "common/recon/processing.h"

namespace slicecast::recon {
namespace {

// Mean over `width` neighbours (made odd), the edge values repeated outside.
void box(const std::vector<double>& in, int width, std::vector<double>& out) {
  const int columns = static_cast<int>(in.size());
  const int reach = width / 2;
  const auto at = [&](int c) { return in[std::clamp(c, 0, columns - 1)]; };
  for (int c = 0; c < columns; ++c) {
    double sum = 0;
    for (int k = -reach; k <= reach; ++k) sum += at(c + k);
    out[c] = sum / (2 * reach + 1);
  }
}

}  // namespace

RingEstimate::RingEstimate(int rows, int columns, int width,
                           std::shared_ptr<const FloatImage> subtracted)
    : rows_(rows),
      columns_(columns),
      width_(std::max(width, 1)),
      subtracted_(std::move(subtracted)),
      sum_(static_cast<std::size_t>(rows) * columns) {}

void RingEstimate::add(ImageView<const float> line_integrals) {
  for (int r = 0; r < rows_; ++r)
    for (int c = 0; c < columns_; ++c)
      sum_[static_cast<std::size_t>(r) * columns_ + c] += line_integrals(r, c);
  ++count_;
}

std::shared_ptr<const FloatImage> RingEstimate::profile() const {
  if (count_ == 0) return nullptr;
  auto image = std::make_shared<FloatImage>(sum_.size());
  const bool add_back = subtracted_ && subtracted_->size() == sum_.size();
  std::vector<double> mean(columns_), once(columns_), smooth(columns_);
  for (int r = 0; r < rows_; ++r) {
    const std::size_t row = static_cast<std::size_t>(r) * columns_;
    for (int c = 0; c < columns_; ++c)
      mean[c] = sum_[row + c] / count_ + (add_back ? (*subtracted_)[row + c] : 0.0F);
    box(mean, width_, once);
    box(once, width_, smooth);
    for (int c = 0; c < columns_; ++c) (*image)[row + c] = static_cast<float>(mean[c] - smooth[c]);
  }
  return image;
}

}  // namespace slicecast::recon
