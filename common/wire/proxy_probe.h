// libzmq 4.3.4 ends the whole process when it connects through a SOCKS proxy that refuses the
// connection, so the proxy is asked first.
#pragma once

#include <chrono>
#include <string>

#include "common/base/error.h"

namespace slicecast::wire {

// Whether something accepts TCP connections at "host:port". Blocks up to the deadline.
Result<void> probe_proxy(const std::string& host_and_port,
                         std::chrono::milliseconds deadline = std::chrono::milliseconds(1000));

}  // namespace slicecast::wire
