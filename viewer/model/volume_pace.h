// How finely the volume is drawn: at full resolution as long as that is quick, else coarser while
// the picture changes and finely once nothing has changed for a moment. Where it changes without
// end, as images do that stream in, a fine one comes now and then, but never under a hand that
// moves something. Nothing here looks at a clock. UI thread.
#pragma once

#include <cstdint>

namespace slicecast::viewer {

class VolumePace {
 public:
  // One volume may take so long while anything changes: 20 frames/s with room for the rest.
  static constexpr double kMost_ms = 25;
  static constexpr std::int64_t kStill_ns = 180'000'000;
  // Of the time, for fine ones that are slower than that, and the shortest time between two.
  static constexpr double kFineShare = 0.04;
  static constexpr std::int64_t kFineEvery_ns = 2'000'000'000;

  void moved(std::int64_t now_ns);    // by hand: an orbit, a drag, the wheel
  void changed(std::int64_t now_ns);  // otherwise: an image, a step, a choice
  // Screen pixels per ray and direction for a volume drawn now.
  int reduction(std::int64_t now_ns) const;
  // One was drawn, at this reduction. Sizes those that follow.
  void drawn(int reduction, double took_ms, std::int64_t now_ns);
  void hidden() { coarse_ = false; }  // no volume is on the screen

  bool coarse() const { return coarse_; }  // one that is not fine is on the screen
  // When the fine one that takes its place may be drawn; without meaning while none is coarse.
  std::int64_t fine_due_ns() const;

 private:
  bool coarse_ = false;
  std::int64_t moved_ns_ = 0, changed_ns_ = 0;
  std::int64_t fine_ns_ = 0;     // of the last fine one, or of the first of all
  double fine_ms_ = -1;          // that it took; negative: not known
  double coarse_reduction_ = 2;  // adapts to what the last ones took
};

}  // namespace slicecast::viewer
