#include "services/source/order.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace slicecast::source {

using std::numbers::pi;

TEST_CASE("an order that nobody knows is refused") {
  CHECK_FALSE(order_from("random"));
}

TEST_CASE("every order sends every projection exactly once") {
  for (const auto order : {Order::sequential, Order::shuffled, Order::interlaced, Order::golden}) {
    for (const std::uint64_t count : {1, 2, 7, 60, 181, 3001}) {
      auto indices = permutation(order, count, 3, 0);
      CHECK(std::is_sorted(indices.begin(), indices.end()) ==
            (order == Order::sequential || count <= 1 || (count == 2 && indices[0] == 0) ||
             (count == 7 && order == Order::interlaced && indices[1] == 1)));
      std::sort(indices.begin(), indices.end());
      for (std::uint64_t i = 0; i < count; ++i) REQUIRE(indices[i] == i);
    }
  }
}

TEST_CASE("a shuffle depends on seed and pass and on nothing else") {
  const auto first = permutation(Order::shuffled, 100, 1, 0);
  CHECK(permutation(Order::shuffled, 100, 1, 0) == first);
  CHECK(permutation(Order::shuffled, 100, 2, 0) != first);
  CHECK(permutation(Order::shuffled, 100, 1, 1) != first);
}

TEST_CASE("interlaced angles fill an arc evenly over several turns") {
  constexpr std::uint64_t kCount = 60;
  std::set<long> places;
  for (std::uint64_t n = 0; n < kCount; ++n) {
    const double angle = acquisition_angle(Order::interlaced, n, kCount, pi);
    const double step = std::fmod(angle, pi) / (pi / kCount);
    CHECK(std::abs(step - std::round(step)) < 1e-6);
    places.insert(std::lround(step) % static_cast<long>(kCount));
    if (n > 0) CHECK(angle > acquisition_angle(Order::interlaced, n - 1, kCount, pi));
  }
  CHECK(places.size() == kCount);
}

TEST_CASE("sequential and golden angles grow by one step per frame") {
  CHECK(acquisition_angle(Order::sequential, 90, 60, pi) == Approx(1.5 * pi));
  CHECK(acquisition_angle(Order::golden, 1, 60, pi) * 180 / pi == Approx(111.2461).epsilon(1e-6));
}

TEST_CASE("chances are even and repeatable") {
  int below = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) below += chance(7, 1, i) < 0.1;
  CHECK(below > 900);
  CHECK(below < 1100);
  CHECK(chance(7, 1, 5) == chance(7, 1, 5));
  CHECK(chance(7, 1, 5) != chance(7, 2, 5));
}

}  // namespace slicecast::source
