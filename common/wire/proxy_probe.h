// A SOCKS proxy that is not there is an error with a remedy, rather than a link that stays silent.
#pragma once

#include <chrono>
#include <string>

#include "common/base/error.h"

namespace slicecast::wire {

// Whether something accepts TCP connections at "host:port". Blocks up to the deadline.
Result<void> probe_proxy(const std::string& host_and_port,
                         std::chrono::milliseconds deadline = std::chrono::milliseconds(1000));

}  // namespace slicecast::wire
