// Who computes next (design section 2): on-demand poses first; refreshes next, but never under 25 %
// of the time and at least every 500 ms per slice with new data; then volumes on request, which
// refreshes leave a quarter and on-demand poses 5 %; previews and side rebuilds last, with a floor
// of 5 % so that a busy scene does not freeze the preview. Slices that cannot all be refreshed
// within 500 ms leave on-demand poses a quarter, too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace slicecast::slice {

enum class Priority : std::uint8_t { demand, refresh, volume, background };
inline constexpr std::size_t kPriorities = 4;

struct Waiting {
  bool demand = false;
  bool refresh = false;
  bool volume = false;
  bool background = false;
  bool refresh_overdue = false;  // a slice has had new data for over kOverdueNs
};

// Busy time by priority, forgotten with a time constant of half a second. Not synchronised.
class Priorities {
 public:
  static constexpr double kRefreshShare = 0.25;
  static constexpr double kVolumeShare = 0.25;
  static constexpr double kBackgroundShare = 0.05;
  static constexpr double kDemandShare = 0.25;  // against refreshes that are overdue
  // Half of the 500 ms: the other half is for those overdue as well, and for the refresh itself.
  static constexpr std::int64_t kOverdueNs = 250'000'000;

  std::optional<Priority> choose(const Waiting& waiting) const;
  void account(Priority priority, std::int64_t busy_ns, std::int64_t now_ns);
  double share(Priority priority) const;  // of all busy time; 1 when nothing has run

 private:
  std::array<double, kPriorities> busy_{};
  std::int64_t last_ns_ = 0;
};

}  // namespace slicecast::slice
