// Which projections of a scan make one reconstruction, as its file says. Names are those of the
// options of slicecast-source; what is empty or 0 the file does not tell.
#pragma once

#include <cstdint>
#include <string>

namespace slicecast::io {

struct RecordedWindow {
  std::string mode;              // continuous, alternating or last_n
  std::string coverage;          // half_turn, full_turn, short_scan or offset_axis
  std::uint64_t group_size = 0;  // nominal projections per window
};

}  // namespace slicecast::io
