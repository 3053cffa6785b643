// Looks for the rotation axis in the raw window. Owned and called by the background thread.
//
// A pair of opposite projections gives a first offer at once; a whole window refines it, again and
// again while the scan runs. Only a few rows are read, and at most a twentieth of one core is
// spent, while the axis is being moved a fifth.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/recon/axis_search.h"
#include "services/projection/pipeline.h"

namespace slicecast::projection {

struct AxisFinding {
  std::string scan_id;
  recon::AxisOffer offer;
  double gain = 0;     // share by which its score is better than the current column's; > 0: better
  double current = 0;  // column in use when it was found
  std::uint64_t projections = 0;
};

class AxisWatch {
 public:
  explicit AxisWatch(Pipeline& pipeline) : pipeline_(pipeline) {}

  // Looks again if it is time or `now` asks for it. An offer, nothing to report, or why there can
  // be none.
  Result<std::optional<AxisFinding>> look(const WindowView& view, bool now, std::stop_token stop);
  // The finding was applied: the next look, which shows whether it holds or the axis wanders on,
  // is due earlier.
  void applied();
  std::int64_t rests_until_ns() const { return progress_.rest_until_ns; }  // steady clock

 private:
  struct Lines;
  Result<std::vector<std::unique_ptr<recon::Processor>>> rows_to_read(const WindowView& view,
                                                                      Lines& lines);
  Result<Lines> read_lines(const WindowView& view, std::stop_token stop);

  Pipeline& pipeline_;
  struct Progress {
    std::string scan_id;
    bool pair_found = false, window_searched = false;
    std::size_t frames_tried = 0;
    std::uint64_t newest_searched = 0;
    std::int64_t rest_until_ns = 0, spent_ns = 0;  // spent: on the last look
  };
  Progress progress_;
};

// Of each of `strips` equal stretches the row with most in it; rows that are air next to the
// fullest are left out. At least one row, in rising order.
std::vector<int> fullest_rows(const std::vector<double>& mass, int strips);

// Worth applying by itself: clearly better and further away than it is uncertain.
bool worth_following(const AxisFinding& finding);

}  // namespace slicecast::projection
