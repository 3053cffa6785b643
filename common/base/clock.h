// Time stamps on the wire are nanoseconds since the Unix epoch; durations come from the steady
// clock.
#pragma once

#include <cstdint>

namespace slicecast {

std::int64_t now_ns();         // system clock, for stamps that travel
std::int64_t steady_now_ns();  // monotonic, for intervals within a process

}  // namespace slicecast
