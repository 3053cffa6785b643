// Content whose first projections are made beforehand, so that sending them costs nothing.
#pragma once

#include "services/source/content.h"
#include "services/source/order.h"

namespace slicecast::source {

// Makes `count` projections now. A file's further projections are read as they come; a simulation
// repeats the cached ones (with angles that go on), so that there `count` must be whole turns of a
// sequential or shuffled scan. `count` 0: `content` as it is.
Result<std::unique_ptr<ScanContent>> make_cached_content(std::unique_ptr<ScanContent> content,
                                                         std::uint64_t count, Order order);

}  // namespace slicecast::source
