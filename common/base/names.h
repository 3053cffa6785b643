// Names that people choose: of services and of hosts.
#pragma once

#include <string_view>

#include "common/base/error.h"

namespace slicecast {

// Names of services stand in keys of feeds, beside addresses and in tables: 1 to 64 bytes without
// blanks, control characters, '/', ':' and '*'.
Result<void> check_service_name(std::string_view name);

// Reached from this machine only: localhost, 127.x.y.z, ::1.
bool is_loopback(std::string_view host);

}  // namespace slicecast
