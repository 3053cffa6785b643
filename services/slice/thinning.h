// Which projections a window takes when its budget does not hold all of them: `kept` of every
// `cycle` ids, spread as evenly as whole ids allow (Bresenham's line). With the nominal group as
// the cycle every group keeps the same angles, so that each newcomer finds the slot of its elder.
#pragma once

#include <algorithm>
#include <cstdint>

namespace slicecast::slice {

class Thinning {
 public:
  explicit Thinning(std::uint64_t group)
      : group_(std::clamp<std::uint64_t>(group, 1, kLongestCycle)), cycle_(group_), kept_(group_) {}

  bool keeps(std::uint64_t id) const { return id % cycle_ * kept_ % cycle_ < kept_; }
  bool keeps_all() const { return kept_ == cycle_; }
  // Of all ids, in (0, 1].
  double share() const { return static_cast<double>(kept_) / static_cast<double>(cycle_); }
  // How many ids of [first, last) it keeps.
  std::uint64_t count(std::uint64_t first, std::uint64_t last) const;

  void set_share(double share);
  // At most `share`, and in any case less than now. False when there is no less.
  bool lower(double share);

 private:
  // Products of two stay within 64 bits.
  static constexpr std::uint64_t kLongestCycle = std::uint64_t{1} << 31;

  std::uint64_t count_below(std::uint64_t id) const;

  std::uint64_t group_, cycle_, kept_;
};

}  // namespace slicecast::slice
