#include <tbb/global_control.h>

#include <cmath>
#include <numeric>
#include <thread>

#include "common/phantom/built_in.h"
#include "common/phantom/random.h"
#include "common/phantom/scan_simulator.h"
#include "tests/unit/phantom/scans.h"

using namespace slicecast;
using namespace slicecast::phantom;
using namespace slicecast::phantom::testing;

namespace {

using Frame = std::vector<std::uint16_t>;

NoiseModel quiet() {
  NoiseModel model;
  model.dark_pattern_counts = model.read_noise_counts = 0;
  model.beam_falloff = model.column_pattern = model.pixel_pattern = 0;
  model.dead_pixels = model.hot_pixels = 0;
  return model;
}

ScanSimulator simulator(const NoiseModel& noise, std::uint64_t seed = 7,
                        geometry::ScanGeometry g = cone_scan()) {
  g.angle_step_rad = 0.1;
  return *ScanSimulator::create(*make_built_in("bubbles", {.radius_mm = 8}), g, noise, seed);
}

Frame frame(const ScanSimulator& scan, std::uint64_t id) {
  Frame counts(64 * 80);
  const auto done = scan.projection(id, std::nullopt, 0.03 * double(id), {counts.data(), 64, 80});
  REQUIRE(done);
  return counts;
}

struct Moments {
  double mean, variance;
};
template <class T>
Moments moments(const std::vector<T>& values) {
  const double n = double(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double sum = 0;
  for (auto v : values) sum += (double(v) - mean) * (double(v) - mean);
  return {mean, sum / (n - 1)};
}

}  // namespace

TEST_CASE("impossible noise, sizes and frames without an angle are refused") {
  const auto phantom = *make_built_in("bubbles", {.radius_mm = 8});
  const auto refused = [&](auto change) {
    NoiseModel model;
    change(model);
    return !ScanSimulator::create(phantom, cone_scan(), model, 1);
  };
  CHECK(refused([](auto& m) { m.incident_counts = 0; }));
  CHECK(refused([](auto& m) { m.read_noise_counts = -1; }));
  CHECK(refused([](auto& m) { m.beam_falloff = 1; }));
  CHECK(refused([](auto& m) { m.column_pattern = 0.5; }));
  CHECK(refused([](auto& m) { m.dead_pixels = 64 * 80; }));
  CHECK(refused([](auto& m) { m.dark_counts = std::nan(""); }));
  auto broken = cone_scan();
  broken.source_axis_mm = 0;
  CHECK_FALSE(ScanSimulator::create(phantom, broken, {}, 1));

  const auto scan = *ScanSimulator::create(phantom, cone_scan(), {}, 1);
  Frame counts(64 * 80);
  CHECK_FALSE(scan.projection(0, 0.1, 0, {counts.data(), 32, 80}));
  CHECK_FALSE(scan.dark(0, {counts.data(), 64, 79}));
  CHECK_FALSE(scan.flat(0, {counts.data(), 64, 79}));
  CHECK_FALSE(scan.projection(0, std::nullopt, 0, {counts.data(), 64, 80}));
  CHECK(scan.projection(0, 0.1, 0, {counts.data(), 64, 80}));
}

TEST_CASE("Philox 4x32-10 gives the published test vectors") {
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0u, ~0u, ~0u, ~0u}, ~std::uint64_t{0}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the normal quantile inverts the normal distribution") {
  for (double z : {-6.0, -3.0, -1.9, -0.5, 0.0, 0.7, 2.2, 4.5}) {
    const double probability = std::erfc(-z / std::sqrt(2.0)) / 2;
    CHECK(normal_quantile(probability) == Approx(z).epsilon(1e-7).margin(1e-9));
  }
}

TEST_CASE("Poisson counts have the mean and variance of their distribution") {
  for (double mean : {0.0, 0.3, 4.0, 31.0, 33.0, 200.0, 20000.0}) {
    std::vector<double> counts;
    for (std::uint32_t i = 0; i < 40000; ++i) {
      const auto words = philox({i, 0, 0, 99}, 5);
      counts.push_back(poisson_quantile(mean, uniform(words[0], words[1])));
    }
    const auto m = moments(counts);
    INFO(mean);
    CHECK(m.mean == Approx(mean).margin(5 * std::sqrt(mean / 40000) + 1e-12));
    CHECK(m.variance == Approx(mean).epsilon(0.04));
  }
  CHECK(poisson_quantile(1, 0.36) == 0);  // P(0) = 0.3679
  CHECK(poisson_quantile(1, 0.37) == 1);
  CHECK(poisson_quantile(1, 0.74) == 2);  // P(0) + P(1) = 0.7358
}

TEST_CASE("a flat field has Poisson noise about I0 plus the dark counts") {
  const auto scan = simulator(quiet());
  Frame counts(64 * 80);
  REQUIRE(scan.flat(3, {counts.data(), 64, 80}));
  const auto m = moments(counts);
  CHECK(m.mean == Approx(20100).margin(5 * std::sqrt(20000.0 / 5120)));
  CHECK(m.variance == Approx(20000).epsilon(0.1));
}

TEST_CASE("a dark frame has the offset, its pattern and the read noise") {
  auto model = quiet();
  Frame counts(64 * 80);
  REQUIRE(simulator(model).dark(0, {counts.data(), 64, 80}));
  for (auto c : counts) REQUIRE(c == 100);
  model.dark_pattern_counts = 4;
  model.read_noise_counts = 3;
  REQUIRE(simulator(model).dark(0, {counts.data(), 64, 80}));
  const auto m = moments(counts);
  CHECK(m.mean == Approx(100).margin(0.5));
  CHECK(m.variance == Approx(25).epsilon(0.1));
}

TEST_CASE("a projection's mean counts follow Beer and Lambert") {
  auto model = quiet();
  model.shot_noise = false;
  const auto scan = simulator(model);
  const auto counts = frame(scan, 4);
  std::vector<float> lines(64 * 80);
  REQUIRE(scan.line_integrals(4, std::nullopt, 0.12, {lines.data(), 64, 80}));
  for (std::size_t i = 0; i < counts.size(); ++i)
    REQUIRE(std::abs(counts[i] - (100 + 20000 * std::exp(-lines[i]))) <= 0.51);
  CHECK(*std::max_element(lines.begin(), lines.end()) > 0.2f);
}

TEST_CASE("the uneven flat field falls off smoothly and has columns") {
  NoiseModel model = quiet();
  model.shot_noise = false;
  model.beam_falloff = 0.3;
  const auto smooth = simulator(model);
  CHECK(smooth.detector().gain(32, 40) == Approx(1).margin(1e-3));
  CHECK(smooth.detector().gain(0, 0) == Approx(0.7).margin(0.02));
  model.beam_falloff = 0;
  model.column_pattern = 0.05;
  const auto columns = simulator(model);
  CHECK(columns.detector().gain(0, 13) == columns.detector().gain(63, 13));
  CHECK(columns.detector().gain(0, 13) != columns.detector().gain(0, 14));
}

TEST_CASE("dead and hot pixels stay where they are") {
  const auto scan = simulator(NoiseModel{});
  CHECK(scan.detector().dead().size() == 20);
  CHECK(scan.detector().hot().size() == 5);
  for (std::uint64_t id : {0, 9}) {
    const auto counts = frame(scan, id);
    for (auto pixel : scan.detector().dead()) CHECK(counts[pixel] == 0);
    for (auto pixel : scan.detector().hot()) CHECK(counts[pixel] == 65535);
  }
}

TEST_CASE("frames of one seed repeat bit for bit in any order and on any number of threads") {
  const auto scan = simulator(NoiseModel{});
  std::vector<Frame> forward;
  for (std::uint64_t id = 0; id < 6; ++id) forward.push_back(frame(scan, id));
  const auto again = simulator(NoiseModel{});
  {
    tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
    for (std::uint64_t id : {5, 2, 0, 3, 1, 4}) CHECK(frame(again, id) == forward[id]);
  }
  std::vector<Frame> side_by_side(6);
  std::vector<std::thread> threads;
  for (std::uint64_t id = 0; id < 6; ++id)
    threads.emplace_back([&, id] {
      side_by_side[id].resize(64 * 80);
      (void)again.projection(id, std::nullopt, 0.03 * double(id),
                             {side_by_side[id].data(), 64, 80});
    });
  for (auto& thread : threads) thread.join();
  CHECK(side_by_side == forward);
}

TEST_CASE("other seeds, ids and kinds give other noise") {
  const auto scan = simulator(quiet());
  CHECK(frame(scan, 1) != frame(simulator(quiet(), 8), 1));
  Frame a(64 * 80), b(64 * 80), c(64 * 80);
  REQUIRE(scan.flat(0, {a.data(), 64, 80}));
  REQUIRE(scan.flat(1, {b.data(), 64, 80}));
  REQUIRE(scan.flat(std::uint64_t{1} << 33, {c.data(), 64, 80}));
  CHECK(a != b);
  CHECK(a != c);
}

TEST_CASE("raw frames are those that transpose, flip_u and flip_v set upright") {
  auto model = quiet();
  model.shot_noise = false;
  auto g = cone_scan();
  g.axis_column = 30;
  std::vector<float> upright(64 * 80), raw(64 * 80);
  REQUIRE(simulator(model, 7, g).line_integrals(2, 0.3, 0, {upright.data(), 64, 80}));
  g.transpose = g.flip_u = g.flip_v = true;
  std::swap(g.rows, g.columns);
  const auto scan = simulator(model, 7, g);
  REQUIRE(scan.line_integrals(2, 0.3, 0, {raw.data(), 80, 64}));
  // transpose: (r, c) -> (c, r); flip_u: column -> W-1-column; flip_v: row -> H-1-row.
  for (int r = 0; r < 80; ++r)
    for (int c = 0; c < 64; ++c)
      REQUIRE(raw[std::size_t(r * 64 + c)] == upright[std::size_t((63 - c) * 80 + (79 - r))]);
}
