// Requests to the hub that several of its clients make.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/wire/control.h"

namespace slicecast::wire {

inline constexpr std::chrono::milliseconds kRenewPeriod{500};
inline constexpr std::chrono::milliseconds kHubDeadline{1000};

Result<std::vector<v1::Service>> list_services(ControlClient& hub,
                                               std::chrono::milliseconds deadline);

}  // namespace slicecast::wire
