// Whether the other end of a link is really running, not merely connected.
#pragma once

#include <chrono>
#include <cstdint>

namespace slicecast::wire {

enum class LinkState : std::uint8_t { connecting, live, stale };  // stale: nothing heard for 2 s

inline constexpr std::chrono::milliseconds kStaleAfter{2000};
inline constexpr std::chrono::milliseconds kDemandPeriod{500};
inline constexpr std::chrono::milliseconds kForgottenAfter{3000};  // a consumer that is silent

}  // namespace slicecast::wire
