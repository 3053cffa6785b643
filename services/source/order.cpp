#include "services/source/order.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace slicecast::source {
namespace {

constexpr std::uint64_t kMostRounds = 8;
const double kGolden = (std::sqrt(5.0) - 1) / 2;

// Finaliser of SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// Largest power of two up to kMostRounds that divides `count`.
std::uint64_t rounds_of(std::uint64_t count) {
  std::uint64_t rounds = 1;
  while (rounds < kMostRounds && count % (rounds * 2) == 0) rounds *= 2;
  return rounds;
}

std::uint64_t bit_reversed(std::uint64_t index, std::uint64_t count) {
  std::uint64_t reversed = 0;
  for (; count > 1; count /= 2, index /= 2) reversed = reversed * 2 + index % 2;
  return reversed;
}

void shuffle(std::vector<std::uint64_t>& indices, std::uint64_t seed, std::uint64_t pass) {
  // std::shuffle may differ between standard libraries.
  for (std::size_t i = indices.size(); i > 1; --i) {
    const auto j = static_cast<std::size_t>(chance(seed, mixed(pass), i) * static_cast<double>(i));
    std::swap(indices[i - 1], indices[j]);
  }
}

std::vector<std::uint64_t> interlaced(std::uint64_t count) {
  std::vector<std::uint64_t> indices;
  indices.reserve(count);
  for (std::uint64_t round = 0; round < kMostRounds; ++round)
    for (std::uint64_t i = bit_reversed(round, kMostRounds); i < count; i += kMostRounds)
      indices.push_back(i);
  return indices;
}

std::vector<std::uint64_t> golden(std::uint64_t count) {
  // Free places are linked to the next free one, so that a taken place costs no search.
  std::vector<std::uint64_t> next(count);
  std::iota(next.begin(), next.end(), 0);
  const auto free_from = [&](std::uint64_t place) {
    while (next[place] != place) {
      next[place] = next[next[place]];
      place = next[place];
    }
    return place;
  };
  std::vector<std::uint64_t> indices;
  indices.reserve(count);
  for (std::uint64_t n = 0; n < count; ++n) {
    const double turn = static_cast<double>(n) * kGolden;
    const double fraction = turn - std::floor(turn);
    const std::uint64_t place = free_from(static_cast<std::uint64_t>(fraction * count) % count);
    indices.push_back(place);
    if (n + 1 < count) next[place] = (place + 1) % count;
  }
  return indices;
}

}  // namespace

std::optional<Order> order_from(std::string_view name) {
  if (name == "sequential") return Order::sequential;
  if (name == "shuffled") return Order::shuffled;
  if (name == "interlaced") return Order::interlaced;
  if (name == "golden") return Order::golden;
  return std::nullopt;
}

double chance(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  const std::uint64_t bits = mixed(mixed(mixed(seed) ^ stream) ^ index);
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

std::vector<std::uint64_t> permutation(Order order, std::uint64_t count, std::uint64_t seed,
                                       std::uint64_t pass) {
  if (order == Order::interlaced) return interlaced(count);
  if (order == Order::golden) return golden(count);
  std::vector<std::uint64_t> indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  if (order == Order::shuffled) shuffle(indices, seed, pass);
  return indices;
}

double acquisition_angle(Order order, std::uint64_t n, std::uint64_t per_arc, double arc_rad) {
  const auto number = static_cast<double>(n);
  const double step = arc_rad / static_cast<double>(per_arc);
  switch (order) {
    case Order::golden: return number * arc_rad * kGolden;
    case Order::interlaced: {
      const std::uint64_t rounds = rounds_of(per_arc);
      const std::uint64_t round = (n % per_arc) * rounds / per_arc;
      return (number * static_cast<double>(rounds) +
              static_cast<double>(bit_reversed(round, rounds))) *
             step;
    }
    default: return number * step;
  }
}

}  // namespace slicecast::source
