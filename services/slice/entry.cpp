#include "services/slice/entry.h"

#include <algorithm>
#include <cmath>

namespace slicecast::slice {

Pyramid::Pyramid(const recon::Backend& backend, recon::StoredImagePtr base, StoreAccount account)
    : backend_(backend), account_(std::move(account)) {
  bytes_ = base->bytes();
  account_->fetch_add(bytes_);
  levels_.push_back(std::move(base));
}

Pyramid::~Pyramid() {
  account_->fetch_sub(bytes_);
}

recon::StoredImagePtr Pyramid::level(int wanted, int* used) const {
  std::lock_guard lock(mutex_);
  wanted = std::clamp(wanted, 0, kLevels - 1);
  while (static_cast<int>(levels_.size()) <= wanted) {
    const recon::StoredImage& last = *levels_.back();
    if (last.rows() < 2 || last.columns() < 2) break;
    auto halved = backend_.halve(last);
    if (!halved) break;  // the device has failed, and with it all that is here
    levels_.push_back(std::move(halved));
    bytes_ += levels_.back()->bytes();
    account_->fetch_add(levels_.back()->bytes());
  }
  const int level = std::min(wanted, static_cast<int>(levels_.size()) - 1);
  if (used != nullptr) *used = level;
  return levels_[static_cast<std::size_t>(level)];
}

std::size_t Pyramid::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

geometry::Matrix34 level_matrix(const geometry::Matrix34& matrix, int level) {
  if (level == 0) return matrix;
  const double scale = std::ldexp(1.0, -level);
  const double shift = 0.5 * scale - 0.5;
  return geometry::with_pixel_map(matrix, scale, shift, scale, shift);
}

int mip_level(double slice_pixel_mm, double pixel_at_axis_mm) {
  if (!(slice_pixel_mm > 0) || !(pixel_at_axis_mm > 0)) return 0;
  // A hair of tolerance, so that a slice at exactly twice the pixel takes level 1.
  const double ratio = slice_pixel_mm / pixel_at_axis_mm * (1 + 1e-9);
  if (ratio < 2) return 0;
  return std::min(static_cast<int>(std::floor(std::log2(ratio))), Pyramid::kLevels - 1);
}

}  // namespace slicecast::slice
