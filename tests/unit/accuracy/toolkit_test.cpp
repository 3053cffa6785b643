// The Reconstruction Toolkit's acceptance of its own filtered backprojection, in its geometry and
// by its measure: reconstruction cut to the field of view, then compared over the whole volume.
#include <catch2/catch.hpp>

#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

using acceptance::toolkit;
using acceptance::ToolkitCase;

TEST_CASE("The Toolkit's cone-beam acceptance holds") {
  const auto found = value(toolkit(ToolkitCase::cone));
  CAPTURE(found.error, found.psnr_db);
  CHECK(found.error <= 0.03);
  CHECK(found.psnr_db >= 26);
}

TEST_CASE("The Toolkit's acceptance holds for a tilted volume") {
  const auto found = value(toolkit(ToolkitCase::tilted));
  CAPTURE(found.error, found.psnr_db);
  CHECK(found.error <= 0.03);
  CHECK(found.psnr_db >= 26);
}

TEST_CASE("The Toolkit's short-scan acceptance holds") {
  const auto found = value(toolkit(ToolkitCase::short_scan));
  CAPTURE(found.error, found.psnr_db);
  CHECK(found.error <= 0.09);
  CHECK(found.psnr_db >= 22);
}

TEST_CASE("The Toolkit's parallel-beam acceptance holds") {
  const auto found = value(toolkit(ToolkitCase::parallel));
  CAPTURE(found.error, found.psnr_db);
  CHECK(found.error <= 0.03);
  CHECK(found.psnr_db >= 26);
}
