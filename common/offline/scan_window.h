// Which projections make the reconstruction, how they cover the angles, and their weights.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "common/offline/frames.h"
#include "common/recon/processing.h"

namespace slicecast::offline {

enum class Extent : std::uint8_t {
  all,     // every projection of the scan; coincident ones share their weight
  newest,  // what a stream shows at its end, by the rules of the window's mode
};

struct ScanWindow {
  recon::Coverage coverage = recon::Coverage::half_turn;
  double period_rad = 0, step_rad = 0;   // step: median, > 0
  double arc_start_rad = 0;              // smallest angle of the window
  std::vector<std::size_t> projections;  // indices into the scan, rising
  std::vector<double> weights_rad;       // of those, laminography cosine included
  int wide_gaps = 0;
  bool incomplete = false;  // the angles do not cover the period
};

// Refuses scans of one projection, and of projections that all have the same angle.
Result<void> check_angles(const ScanFrames& frames);

// The newest projections of frames.window.mode, which an empty one takes for continuous:
//   continuous   the newest by unwrapped angle that cover one period. A direction that the last
//                period lacks is taken from the one before, as a stream keeps it until it comes
//   alternating  the last group of group_size projections; one that the scan broke off only if no
//                earlier one has more
//   last_n       the last group_size projections, whatever their angles
// group_size 0: what the period needs of the scan's steps; last_n: all.
std::vector<std::size_t> newest_projections(const ScanFrames& frames, double period_rad,
                                            double step_rad, bool cyclic);

// Coverage: as asked for, else as the file says, else automatic. Parallel: half_turn (tilted axis
// or measured vectors over 2 pi: full_turn), or offset_axis when the angles cover 2 pi and the axis
// is more than a tenth of the width off centre (but not with last_n, whose angles go round and
// round). Cone: full_turn or offset_axis likewise from 2 pi on, short_scan below; under pi + fan
// angle that is an error. The geometry's axis must be resolved.
Result<ScanWindow> choose_window(const ScanFrames& frames, std::optional<recon::Coverage> coverage,
                                 Extent extent);

}  // namespace slicecast::offline
