#include <cmath>
#include <limits>

#include "common/segmentation/region.h"
#include "tests/unit/segmentation/pictures.h"

using namespace slicecast;
using namespace slicecast::segmentation;
using namespace slicecast::testing;
using geometry::Pose;
using geometry::Vec3;

namespace {

constexpr double kNotFinite = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double share(const LabelImage& mask) {
  double sum = 0;
  for (auto inside : mask.labels) {
    CHECK(inside <= 1);
    sum += inside;
  }
  return sum / static_cast<double>(mask.labels.size());
}

// 10 mm x 10 mm through the origin.
const Pose kXy{{-5, -5, 0}, {10, 0, 0}, {0, 10, 0}};
const Pose kXz{{-5, 0, -5}, {10, 0, 0}, {0, 0, 10}};

}  // namespace

TEST_CASE(
    "a cylinder without extent or direction, a pose that is not finite and no mask are refused") {
  LabelImage mask(4, 4);
  for (const Cylinder& odd :
       {Cylinder{{}, {0, 0, 1}, 0, 1}, Cylinder{{}, {0, 0, 1}, 1, 0}, Cylinder{{}, {}, 1, 1},
        Cylinder{{}, {0, 0, 1}, kNotFinite, 1}, Cylinder{{kNotFinite, 0, 0}, {0, 0, 1}, 1, 1},
        Cylinder{{}, {0, kInfinity, 1}, 1, 1}, Cylinder{{}, {0, 0, 1}, -1, 1}})
    CHECK_FALSE(mask_of(odd, kXy, mask.view()));
  const Cylinder cylinder{{}, {0, 0, 1}, 1, 1};
  CHECK_FALSE(mask_of(cylinder, kXy, {}));
  CHECK_FALSE(mask_of(cylinder, {{kNotFinite, 0, 0}, {1, 0, 0}, {0, 1, 0}}, mask.view()));
  LabelImage other(4, 5);
  CHECK_FALSE(intersect(mask.view(), other.view()));
}

TEST_CASE("a cylinder shows as a disk across its axis and as a rectangle along it") {
  const Cylinder cylinder{{0, 0, 0}, {0, 0, 7}, 3, 2};  // the length of the direction is no matter
  LabelImage mask(200, 200);
  REQUIRE(mask_of(cylinder, kXy, mask.view()));
  CHECK(share(mask) == Approx(M_PI * 9 / 100).margin(1e-3));
  REQUIRE(mask_of(cylinder, kXz, mask.view()));
  CHECK(share(mask) == Approx(0.6 * 0.4).margin(1e-9));
  Pose above = kXy;
  above.base.z = 2.01;
  REQUIRE(mask_of(cylinder, above, mask.view()));
  CHECK(share(mask) == 0);
}

TEST_CASE("a pixel is inside when its centre is, in a slice of any pose and shape") {
  const Cylinder cylinder{{0.4, -0.3, 0.2}, {1, 2, -0.5}, 1.7, 2.5};
  const Pose pose{{-3, -2, -4}, {5, 1, 2}, {-1, 6, 3}};
  LabelImage mask(37, 53);
  REQUIRE(mask_of(cylinder, pose, mask.view()));
  const Vec3 unit = cylinder.direction * (1 / geometry::norm(cylinder.direction));
  int inside = 0;
  for (int r = 0; r < 37; ++r) {
    for (int c = 0; c < 53; ++c) {
      const Vec3 centre = pose.base + pose.axis1 * ((c + 0.5) / 53) + pose.axis2 * ((r + 0.5) / 37);
      const Vec3 off = centre - cylinder.centre;
      const double along = geometry::dot(off, unit);
      const double across = geometry::norm(off - unit * along);
      const bool expected = std::abs(along) <= 2.5 && across <= 1.7;
      inside += expected ? 1 : 0;
      CHECK(mask.labels[static_cast<std::size_t>(r * 53 + c)] == (expected ? 1 : 0));
    }
  }
  CHECK(inside > 50);
}

TEST_CASE("an endless cylinder and a slab are regions too") {
  LabelImage mask(100, 100);
  REQUIRE(mask_of(Cylinder{{}, {0, 0, 1}, 2, kInfinity}, kXz, mask.view()));
  CHECK(share(mask) == Approx(0.4));
  REQUIRE(mask_of(Cylinder{{}, {0, 0, 1}, kInfinity, 1}, kXz, mask.view()));
  CHECK(share(mask) == Approx(0.2));
}

TEST_CASE("the field of view masks its cylinder between its heights, and nothing when it is none") {
  LabelImage mask(100, 100);
  REQUIRE(mask_of(geometry::FieldOfView{3, -1, 4}, kXz, mask.view()));
  CHECK(share(mask) == Approx(0.6 * 0.5));
  REQUIRE(mask_of(geometry::FieldOfView{3, 2, -2}, kXz, mask.view()));
  CHECK(share(mask) == 0);
  LabelImage other(100, 100);
  REQUIRE(mask_of(geometry::FieldOfView{3, -1, 4}, kXz, mask.view()));
  REQUIRE(mask_of(Cylinder{{}, {0, 0, 1}, 1, 2}, kXz, other.view()));
  REQUIRE(intersect(mask.view(), other.view()));
  CHECK(share(mask) == Approx(0.2 * 0.3));
}
