#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "common/offline/scan_window.h"

namespace slicecast::offline {
namespace {

using Indices = std::vector<std::size_t>;
// As in the slice server: a slot waits this long for its newer frame, and so many projections may
// be absent at the end of the last group.
constexpr double kPeriodsKept = 2;
constexpr std::size_t kLostAtTheEnd = 3;

Indices range(std::size_t first, std::size_t last) {
  Indices indices(last - first);
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

Indices continuous(const std::vector<double>& angles, double period, double step, bool cyclic) {
  const double direction = angles.back() < angles.front() ? -1 : 1;
  const auto progress = [&](std::size_t i) { return direction * angles[i]; };
  Indices newest_first = range(0, angles.size());
  std::ranges::stable_sort(newest_first, std::greater(), progress);
  const double newest = progress(newest_first.front());
  const double reach = cyclic ? kPeriodsKept * period : period;
  Indices chosen;
  for (const std::size_t i : newest_first) {
    const double age = newest - progress(i);
    if (age >= reach - 0.5 * step) break;
    // A slot is one step wide, open below and closed above, so that slots tile the period exactly.
    const bool taken = std::ranges::any_of(chosen, [&](std::size_t newer) {
      const double ahead = progress(newer) - progress(i);
      const double periods = std::round(ahead / period);
      const double off = (ahead - periods * period) / (0.5 * step);
      return periods != 0 && off > -1 + 1e-6 && off <= 1 + 1e-6;
    });
    if (!taken) chosen.push_back(i);
  }
  std::ranges::sort(chosen);
  return chosen;
}

// Which projection of the scan each one is. Ids with gaps tell it; of files that number them one by
// one, angles on a grid tell where some were lost, and without a grid (interlaced, golden angle)
// nothing is taken to be lost.
Indices places_in_scan(const ScanFrames& frames, double step) {
  const auto& angles = frames.angles_rad;
  Indices places = range(0, angles.size());
  const auto& ids = frames.ids;
  const bool rising = std::ranges::adjacent_find(ids, std::greater_equal()) == ids.end();
  if (ids.size() == angles.size() && rising && ids.back() >= ids.size())
    return {ids.begin(), ids.end()};
  if (!(step > 0)) return places;
  const double direction = angles.back() < angles.front() ? -1 : 1;
  for (std::size_t i = 1; i < angles.size(); ++i) {
    const double steps = direction * (angles[i] - angles[0]) / step;
    const double place = std::round(steps);
    const bool on_grid =
        std::abs(steps - place) < 0.1 && place < 1e9 && place > static_cast<double>(places[i - 1]);
    if (!on_grid) return range(0, angles.size());
    places[i] = static_cast<std::size_t>(place);
  }
  return places;
}

Indices last_group(const Indices& places, std::size_t group_size) {
  const std::size_t lost = std::min(kLostAtTheEnd, group_size / 4);
  const std::size_t whole = (places.back() + 1 + lost) / group_size;
  if (whole == 0) return range(0, places.size());
  const auto at = [&](std::size_t place) {
    return static_cast<std::size_t>(std::ranges::lower_bound(places, place) - places.begin());
  };
  return range(at((whole - 1) * group_size), at(whole * group_size));
}

}  // namespace

Indices newest_projections(const ScanFrames& frames, double period_rad, double step_rad,
                           bool cyclic) {
  const std::size_t all = frames.projections();
  const auto& window = frames.window;
  const auto announced = static_cast<std::size_t>(window.group_size);
  if (window.mode == "last_n") {
    const std::size_t count = announced == 0 ? all : std::min(announced, all);
    return range(all - count, all);
  }
  if (window.mode == "alternating") {
    const double steps = step_rad > 0 ? std::round(period_rad / step_rad) : 1;
    const auto needed = static_cast<std::size_t>(std::clamp(steps, 1.0, 1e9));
    return last_group(places_in_scan(frames, step_rad), announced == 0 ? needed : announced);
  }
  return continuous(frames.angles_rad, period_rad, step_rad, cyclic);
}

}  // namespace slicecast::offline
