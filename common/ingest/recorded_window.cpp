#include "common/ingest/recorded_window.h"

namespace slicecast::ingest {

io::RecordedWindow recorded_window(const v1::Window& window) {
  io::RecordedWindow recorded;
  recorded.mode = window.mode() == v1::ALTERNATING ? "alternating"
                  : window.mode() == v1::LAST_N    ? "last_n"
                                                   : "continuous";
  switch (window.coverage()) {
    case v1::HALF_TURN: recorded.coverage = "half_turn"; break;
    case v1::FULL_TURN: recorded.coverage = "full_turn"; break;
    case v1::SHORT_SCAN: recorded.coverage = "short_scan"; break;
    case v1::OFFSET_AXIS: recorded.coverage = "offset_axis"; break;
    default: break;
  }
  recorded.group_size = window.group_size();
  return recorded;
}

}  // namespace slicecast::ingest
