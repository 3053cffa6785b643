#include "viewer/model/volume_pace.h"

#include <algorithm>
#include <cmath>

namespace slicecast::viewer {

void VolumePace::moved(std::int64_t now_ns) {
  moved_ns_ = changed_ns_ = now_ns;
}

void VolumePace::changed(std::int64_t now_ns) {
  changed_ns_ = now_ns;
}

std::int64_t VolumePace::fine_due_ns() const {
  const auto pause_ns =
      std::max(kFineEvery_ns, static_cast<std::int64_t>(1e6 * fine_ms_ / kFineShare));
  const std::int64_t now_and_then = std::max(fine_ns_ + pause_ns, moved_ns_ + kStill_ns);
  return std::min(changed_ns_ + kStill_ns, now_and_then);
}

int VolumePace::reduction(std::int64_t now_ns) const {
  const bool quick = fine_ms_ >= 0 && fine_ms_ <= kMost_ms;
  const bool due = fine_ns_ != 0 && now_ns >= fine_due_ns();
  return quick || due ? 1 : static_cast<int>(std::lround(coarse_reduction_));
}

void VolumePace::drawn(int reduction, double took_ms, std::int64_t now_ns) {
  coarse_ = reduction > 1;
  if (!coarse_) fine_ms_ = took_ms;
  if (!coarse_ || fine_ns_ == 0) fine_ns_ = now_ns;
  // What a fine one takes that was due says nothing about the coarse ones.
  if (!coarse_ && std::lround(coarse_reduction_) > 1) return;
  if (took_ms > kMost_ms) coarse_reduction_ = std::min(8.0, coarse_reduction_ * 1.4);
  if (took_ms < 0.4 * kMost_ms) coarse_reduction_ = std::max(1.0, coarse_reduction_ / 1.2);
}

}  // namespace slicecast::viewer
