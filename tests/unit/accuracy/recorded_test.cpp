#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/test_data.h"
#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

namespace {

std::optional<io::ScanFile> opened(const char* name) {
  const auto path = testing::test_data(name);
  if (!path) return {};
  auto file = io::ScanFile::open(*path);
  if (!file) FAIL(file.error().message);
  return std::move(*file);
}

}  // namespace

TEST_CASE("Angles of the file win over a step that is given") {
  const auto file = opened("tooth/tooth.h5");
  if (!file) return;
  CHECK(offline::frames_of(*file, 0.1)->angles_rad == file->description().angles_rad);
}

TEST_CASE("Row 0 of the tooth agrees with the definition over the whole field of view") {
  const auto path = testing::test_data("tooth/tooth.h5");
  if (!path) return;
  const auto found = value(acceptance::tooth_difference(*path));
  CAPTURE(found.single_store, found.half_store);
  CHECK(found.single_store <= 1e-5);
  CHECK(found.half_store <= 2e-4);
}

TEST_CASE("The tooth figure tells short padding and a sampled ramp from the right filter") {
  const auto path = testing::test_data("tooth/tooth.h5");
  if (!path) return;
  const auto found = value(acceptance::tooth_filters(*path));
  CHECK(found.right <= 1e-5);
  CHECK(found.short_padding > 1e-5);
  CHECK(found.sampled_ramp > 1e-5);
}

TEST_CASE("The automatic axis of the tooth lies within 0.25 columns of 296") {
  const auto path = testing::test_data("tooth/tooth.h5");
  if (!path) return;
  CHECK(value(acceptance::tooth_axis_error(*path)) <= 0.25);
}

TEST_CASE("A row of the diad scan agrees with the definition") {
  const auto path = testing::test_data("k11_diad/k11-18014.nxs");
  if (!path) return;
  CHECK(value(acceptance::diad_difference(*path)) <= 1e-4);
}
