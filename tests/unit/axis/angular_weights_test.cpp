#include "common/recon/angular_weights.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>

using slicecast::recon::angular_weights;
using slicecast::recon::AngularWindow;

namespace {

std::vector<double> evenly(int count, double period, double start = 0.3) {
  std::vector<double> angles(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < angles.size(); ++i)
    angles[i] = start + period * static_cast<double>(i) / count;
  return angles;
}

double sum(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0);
}

}  // namespace

TEST_CASE("A window without a period or without entries weighs nothing") {
  const std::vector<double> angles{0, 1};
  CHECK(sum(angular_weights(angles, {.period_rad = 0}).weight_rad) == 0);
  CHECK(sum(angular_weights(angles, {.period_rad = std::nan("")}).weight_rad) == 0);
  CHECK(angular_weights({}, {.period_rad = M_PI}).weight_rad.empty());
}

TEST_CASE("The weights of a full window sum to its period whatever the angles") {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> anywhere(-40, 40);
  for (double period : {M_PI, 2 * M_PI}) {
    for (int count : {1, 2, 3, 50}) {
      std::vector<double> angles(static_cast<std::size_t>(count));
      for (double& angle : angles) angle = anywhere(random);
      const auto weights = angular_weights(angles, {.period_rad = period});
      CHECK(sum(weights.weight_rad) == Approx(period).epsilon(1e-12));
      for (double w : weights.weight_rad) CHECK(w >= 0);
    }
  }
}

TEST_CASE("Equal steps get equal weights, also across the seam and after many turns") {
  for (double start : {0.0, -12.7, 1000 * M_PI}) {
    const auto weights = angular_weights(evenly(60, M_PI, start), {.period_rad = M_PI});
    for (double w : weights.weight_rad) CHECK(w == Approx(M_PI / 60).epsilon(1e-9));
    CHECK(weights.wide_gaps == 0);
    CHECK(weights.largest_gap_rad == Approx(M_PI / 60).epsilon(1e-9));
  }
}

TEST_CASE("A missing angle is absorbed by its two neighbours and nowhere else") {
  const double step = 2 * M_PI / 36;
  auto angles = evenly(36, 2 * M_PI);
  angles.erase(angles.begin() + 10);
  const auto weights = angular_weights(angles, {2 * M_PI, true, true, step}).weight_rad;
  for (std::size_t i = 0; i < angles.size(); ++i)
    CHECK(weights[i] == Approx(i == 9 || i == 10 ? 1.5 * step : step).epsilon(1e-9));
}

TEST_CASE("Weights follow their entries when the entries are permuted") {
  std::mt19937 random(11);
  auto angles = evenly(40, M_PI);
  angles.push_back(angles[3] + M_PI);
  angles.erase(angles.begin() + 20);
  for (const AngularWindow window :
       {AngularWindow{M_PI, true, true, M_PI / 40}, AngularWindow{M_PI, true, false, M_PI / 40},
        AngularWindow{4.1, false, true, M_PI / 40}}) {
    const auto sorted = angular_weights(angles, window);
    std::vector<std::size_t> order(angles.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), random);
    std::vector<double> shuffled;
    for (std::size_t i : order) shuffled.push_back(angles[i]);
    const auto permuted = angular_weights(shuffled, window);
    for (std::size_t i = 0; i < order.size(); ++i)
      CHECK(permuted.weight_rad[i] == sorted.weight_rad[order[i]]);
    CHECK(permuted.wide_gaps == sorted.wide_gaps);
  }
}

TEST_CASE("Coincident angles share evenly, also as mirror images on the seam") {
  const double step = M_PI / 10;
  auto angles = evenly(10, M_PI, 0);
  angles.push_back(M_PI - 1e-13);  // the mirror image of the first
  angles.push_back(angles[4] + 5 * M_PI);
  const auto weights = angular_weights(angles, {M_PI, true, true, step}).weight_rad;
  for (std::size_t i : {0U, 10U, 4U, 11U}) CHECK(weights[i] == Approx(step / 2).epsilon(1e-6));
  CHECK(weights[5] == Approx(step).epsilon(1e-6));
  CHECK(sum(weights) == Approx(M_PI).epsilon(1e-12));
}

TEST_CASE("While the first window fills, the ends of the arc count one nominal step") {
  const double step = M_PI / 100;
  auto angles = evenly(100, M_PI);
  angles.resize(30);
  auto filling = angular_weights(angles, {M_PI, true, false, step});
  for (double w : filling.weight_rad) CHECK(w == Approx(step).epsilon(1e-9));
  CHECK(filling.wide_gaps == 0);
  angles.resize(1);
  CHECK(angular_weights(angles, {M_PI, true, false, step}).weight_rad[0] == Approx(step));
  // The last step closes the circle: filling or not makes no difference.
  const auto all = evenly(100, M_PI);
  CHECK(sum(angular_weights(all, {M_PI, true, false, step}).weight_rad) == Approx(M_PI));
}

TEST_CASE("A golden-angle scan that is still filling is already cyclic") {
  std::vector<double> angles;
  for (int i = 0; i < 20; ++i) angles.push_back(i * 1.941611);
  const auto weights = angular_weights(angles, {M_PI, true, false, M_PI / 60});
  CHECK(sum(weights.weight_rad) == Approx(M_PI));
}

TEST_CASE("The ends of a short scan are no neighbours and end half a step outside") {
  const double step = 0.05, arc = 4;
  std::vector<double> angles;
  for (int i = 0; i < 80; ++i) angles.push_back(10 + step * i);
  const auto weights = angular_weights(angles, {arc, false, true, step});
  for (double w : weights.weight_rad) CHECK(w == Approx(step).epsilon(1e-9));
  CHECK(weights.largest_gap_rad == Approx(step).epsilon(1e-9));
}

TEST_CASE("Gaps of more than three nominal steps are counted") {
  const double step = M_PI / 60;
  auto angles = evenly(60, M_PI);
  angles.erase(angles.begin() + 20, angles.begin() + 22);
  CHECK(angular_weights(angles, {M_PI, true, true, step}).wide_gaps == 0);  // exactly three
  angles.erase(angles.begin() + 20);
  const auto wide = angular_weights(angles, {M_PI, true, true, step});
  CHECK(wide.wide_gaps == 1);
  CHECK(wide.largest_gap_rad == Approx(4 * step).epsilon(1e-9));
  // The part not yet scanned is no gap.
  angles.resize(20);
  CHECK(angular_weights(angles, {M_PI, true, false, step}).wide_gaps == 0);
}
