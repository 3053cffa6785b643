#include "services/slice/thinning.h"

#include <cmath>

namespace slicecast::slice {

std::uint64_t Thinning::count_below(std::uint64_t id) const {
  const std::uint64_t left = id % cycle_;
  return id / cycle_ * kept_ + (left == 0 ? 0 : (left - 1) * kept_ / cycle_ + 1);
}

std::uint64_t Thinning::count(std::uint64_t first, std::uint64_t last) const {
  return last > first ? count_below(last) - count_below(first) : 0;
}

void Thinning::set_share(double share) {
  cycle_ = group_;
  // Less than one projection per group: one of several groups.
  while (share * static_cast<double>(cycle_) < 1 && cycle_ <= kLongestCycle / 2) cycle_ *= 2;
  // A hair of tolerance for shares that are a ratio of whole numbers.
  const double kept = std::floor(share * static_cast<double>(cycle_) + 1e-6);
  kept_ = static_cast<std::uint64_t>(std::clamp(kept, 1.0, static_cast<double>(cycle_)));
}

bool Thinning::lower(double share) {
  const std::uint64_t kept = kept_, cycle = cycle_;
  set_share(std::min(share, this->share()));
  if (kept_ * cycle < kept * cycle_) return true;
  if (kept_ > 1) {
    --kept_;
    return true;
  }
  if (cycle_ > kLongestCycle / 2) return false;
  cycle_ *= 2;
  return true;
}

}  // namespace slicecast::slice
