#include <cmath>

#include "common/geometry/plane.h"

using namespace slicecast;
using namespace slicecast::geometry;

namespace {

void check_vec(Vec3 a, Vec3 b) {
  CHECK(a.x == Approx(b.x).margin(1e-12));
  CHECK(a.y == Approx(b.y).margin(1e-12));
  CHECK(a.z == Approx(b.z).margin(1e-12));
}

}  // namespace

TEST_CASE("poses that are not understood are refused and the error says how to write one") {
  for (const char* text : {"", "xy", "xy@", "xy@1mm", "zz@0", "xy@nan", "xy@1,2", "1,2,3",
                           "0,0,0,1,0,0,2,0,0", "0,0,0,0,0,0,0,1,0", "1,2,3,4,5,6,7,8,x",
                           "1,2,3,4,5,6,7,8,9,10", "xy@1e999", "a,b", "1e10,0,0,1,0,0,0,1,0"}) {
    INFO(text);
    const auto pose = parse_pose(text, 10);
    REQUIRE_FALSE(pose);
    CHECK_THAT(pose.error().message, Catch::Matchers::Contains("xy@Z"));
  }
}

TEST_CASE("a pose without a plane, or out of reach, is refused") {
  const Pose good{{1, 2, 3}, {4, 0, 0}, {0, 5, 0}};
  CHECK(check_pose(good));
  const auto refuses = [&](double wrong) {
    for (double Vec3::*axis : {&Vec3::x, &Vec3::y, &Vec3::z})
      for (Vec3 Pose::*edge : {&Pose::base, &Pose::axis1, &Pose::axis2}) {
        Pose pose = good;
        (pose.*edge).*axis = wrong;
        CHECK_FALSE(check_pose(pose));
      }
  };
  refuses(INFINITY);
  refuses(NAN);
  refuses(1e10);
  refuses(-1e300);
  CHECK_FALSE(check_pose({{}, {1, 2, 3}, {-2, -4, -6}}));
  CHECK_FALSE(check_pose({{}, {1e-10, 0, 0}, {0, 1, 0}}));
  CHECK_FALSE(check_pose({{}, {0, 1, 0}, {}}));
}

TEST_CASE("a named pose without a width is refused") {
  CHECK_FALSE(parse_pose("xy@0", 0));
  CHECK_FALSE(parse_pose("xy@0", -1));
  CHECK_FALSE(parse_pose("xy@0", INFINITY));
}

TEST_CASE("named poses are squares centred on the axis along +x +y, +x +z and +y +z") {
  auto pose = *parse_pose("xy@2.5", 10);
  check_vec(pose.base, {-5, -5, 2.5});
  check_vec(pose.axis1, {10, 0, 0});
  check_vec(pose.axis2, {0, 10, 0});
  pose = *parse_pose(" xz@+1 ", 10);
  check_vec(pose.base, {-5, 1, -5});
  check_vec(pose.axis1, {10, 0, 0});
  check_vec(pose.axis2, {0, 0, 10});
  pose = *parse_pose("yz@-1.5", 10);
  check_vec(pose.base, {-1.5, -5, -5});
  check_vec(pose.axis1, {0, 10, 0});
  check_vec(pose.axis2, {0, 0, 10});
  CHECK(is_named_pose("yz@-1.5"));
  CHECK_FALSE(is_named_pose("1,2,3,4,5,6,7,8,9"));
}

TEST_CASE("nine numbers are base, axis1 and axis2, whatever the width") {
  const auto pose = *parse_pose("-1, -2,-3, 4,5,6, -5,4,1e0", 0);
  check_vec(pose.base, {-1, -2, -3});
  check_vec(pose.axis1, {4, 5, 6});
  check_vec(pose.axis2, {-5, 4, 1});
}

TEST_CASE("the base of a slice is the outer corner of pixel (0,0)") {
  const Pose pose{{1, 2, 3}, {8, 0, 0}, {0, 0, 6}};
  const auto grid = grid_of(pose, 3, 4);
  // centre(r, c) = base + (c+1/2) axis1/W + (r+1/2) axis2/H
  check_vec(point_at(grid, 0, 0, 0), {2, 2, 4});
  check_vec(point_at(grid, 0, 2, 3), {8, 2, 8});
  CHECK(grid.planes == 1);
}

TEST_CASE("voxel centres are at (i - (N-1)/2) h") {
  const auto grid = volume_grid(4, 5, 6, 0.5, {0, 0, 10});
  check_vec(point_at(grid, 0, 0, 0), {-0.75, -1, 8.75});
  check_vec(point_at(grid, 5, 4, 3), {0.75, 1, 11.25});
}

TEST_CASE("a slab is the same points of the volume") {
  const auto volume = volume_grid(4, 5, 6, 0.5);
  const auto slab = slab_of(volume, 2, 3);
  CHECK(slab.planes == 3);
  check_vec(point_at(slab, 1, 4, 2), point_at(volume, 3, 4, 2));
}
