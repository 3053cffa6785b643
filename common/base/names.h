// Names that people choose, of services and of hosts, and text that peers send.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace slicecast {

// Names of services stand in keys of feeds, beside addresses and in tables: 1 to 64 bytes without
// blanks, control characters, '/', ':' and '*'.
Result<void> check_service_name(std::string_view name);

// Reached from this machine only: localhost, 127.x.y.z, ::1.
bool is_loopback(std::string_view host);

// Text of a peer as a terminal may show it: control characters are shown as '?', line feeds stay
// where `lines`.
std::string printable(std::string_view text, bool lines = false);

}  // namespace slicecast
