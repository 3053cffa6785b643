// In which order and at which angles the projections of one pass come. Pure and repeatable: the
// same seed gives the same order on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace slicecast::source {

enum class Order : std::uint8_t { sequential, shuffled, interlaced, golden };
std::optional<Order> order_from(std::string_view name);

// The indices 0..count-1 in the order in which they are sent. `pass` varies the shuffle.
//   shuffled:   Fisher-Yates
//   interlaced: every k-th index, in k rounds that start at bit-reversed offsets
//   golden:     each next index is the free one at the golden ratio further on
std::vector<std::uint64_t> permutation(Order order, std::uint64_t count, std::uint64_t seed,
                                       std::uint64_t pass);

// Unwrapped angle of frame `n` of an endless scan with `per_arc` projections per `arc_rad`.
// Sequential and shuffled: n arc / N. Interlaced: k rounds per group at bit-reversed offsets (Mohan
// et al. 2015, TIMBIR, eq. 1): (n k + B(floor(n k / N) mod k)) arc / N. Golden (Koehler 2004): n
// arc (sqrt(5)-1)/2.
double acquisition_angle(Order order, std::uint64_t n, std::uint64_t per_arc, double arc_rad);

// A number in [0, 1) that depends on nothing but its arguments.
double chance(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);

}  // namespace slicecast::source
