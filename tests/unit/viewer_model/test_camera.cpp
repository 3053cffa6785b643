#include <cmath>
#include <numbers>

#include "viewer/model/camera.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

const Box kBox{{-10, -10, -6}, {10, 10, 6}};

Camera made() {
  Camera camera;
  camera.resize(800, 600);
  camera.reset(kBox);
  return camera;
}

void check_at(Cursor cursor, double x, double y) {
  CHECK(cursor.x == Approx(x).margin(1e-6));
  CHECK(cursor.y == Approx(y).margin(1e-6));
}

void check_vector(Vec3 v, double x, double y, double z) {
  CHECK(v.x == Approx(x).margin(1e-9));
  CHECK(v.y == Approx(y).margin(1e-9));
  CHECK(v.z == Approx(z).margin(1e-9));
}

// Window position of a point by the matrices that go to GL.
Cursor by_matrices(const Camera& camera, Vec3 p, double* depth) {
  const auto times = [](const Matrix4& m, const std::array<double, 4>& v) {
    std::array<double, 4> r{};
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t k = 0; k < 4; ++k) r[i] += m[4 * k + i] * v[k];
    return r;
  };
  const auto clip = times(camera.projection(), times(camera.view(), {p.x, p.y, p.z, 1}));
  *depth = clip[2] / clip[3];
  return {(clip[0] / clip[3] + 1) / 2 * camera.width_px(),
          (1 - clip[1] / clip[3]) / 2 * camera.height_px()};
}

}  // namespace

TEST_CASE("a camera without a usable box or window still has finite matrices") {
  Camera camera;
  camera.resize(0, -5);
  camera.reset({{1, 1, 1}, {1, 1, 1}});
  camera.zoom_at({0, 0}, 1e9);
  camera.zoom_at({0, 0}, -1e9);
  camera.zoom_at({0, 0}, std::nan(""));
  camera.face(Pose{});
  for (float number : camera.view()) CHECK(std::isfinite(number));
  for (float number : camera.projection()) CHECK(std::isfinite(number));
  CHECK_FALSE(camera.cursor_of(camera.eye() - camera.basis().forward).has_value());
  const double none = std::nan(""), most = 1.7e308;
  for (const Vec3 place : {Vec3{none, 0, 0}, Vec3{0, 0, none}, Vec3{most, -most, most},
                           Vec3{-most, most, -most}, Vec3{most, most, most}}) {
    const auto cursor = camera.cursor_of(place);
    if (cursor) CHECK((std::isfinite(cursor->x) && std::isfinite(cursor->y)));
  }
}

TEST_CASE("after a reset every corner of the box is in the window and within the depth range") {
  for (int height : {300, 600, 1600}) {
    Camera camera;
    camera.resize(800, height);
    camera.reset(kBox);
    for (double x : {-10.0, 10.0})
      for (double y : {-10.0, 10.0})
        for (double z : {-6.0, 6.0}) {
          double depth = 0;
          const auto at = by_matrices(camera, {x, y, z}, &depth);
          CHECK((at.x > 0 && at.x < 800 && at.y > 0 && at.y < height));
          CHECK(std::abs(depth) < 1);
        }
  }
}

TEST_CASE("everything stays in view while the panel and the bounds change, until somebody zooms") {
  Camera camera = made();
  const auto all_in = [&camera](const Box& box, double width, double height) {
    for (const Vec3& corner : {box.low, box.high, Vec3{box.high.x, box.low.y, box.low.z},
                               Vec3{box.low.x, box.high.y, box.high.z}}) {
      const auto at = camera.cursor_of(corner);
      if (!at || at->x < 0 || at->y < 0 || at->x > width || at->y > height) return false;
    }
    return true;
  };
  camera.resize(300, 700);
  CHECK(all_in(kBox, 300, 700));
  const Box larger{{-40, -40, -24}, {40, 40, 24}};
  camera.set_bounds(larger);
  CHECK(all_in(larger, 300, 700));
  camera.zoom_at({150, 350}, 2);
  const Vec3 eye = camera.eye();
  camera.resize(900, 200);
  check_vector(camera.eye() - eye, 0, 0, 0);
}

TEST_CASE("matrices, cursor_of and rays tell of the same place") {
  auto camera = made();
  camera.orbit(123, -45);
  const Vec3 point{3, -7, 2};
  double depth = 0;
  const auto gl = by_matrices(camera, point, &depth);
  const auto cursor = camera.cursor_of(point).value();
  CHECK(gl.x == Approx(cursor.x).margin(0.01));
  CHECK(gl.y == Approx(cursor.y).margin(0.01));
  const Ray ray = camera.ray_through(cursor);
  CHECK(geometry::norm(cross(ray.direction, point - ray.origin)) < 1e-9);
  CHECK(geometry::norm(ray.direction) == Approx(1));
}

TEST_CASE("zooming keeps the world point under the cursor") {
  auto camera = made();
  const Vec3 held{4, 5, -3};
  const auto before = camera.cursor_of(held).value();
  const double distance = camera.distance_mm();
  camera.zoom_at(before, 5, held);
  CHECK(camera.distance_mm() == Approx(distance * std::pow(0.85, 5)));
  check_at(camera.cursor_of(held).value(), before.x, before.y);
  camera.zoom_at(before, -5, held);
  check_at(camera.cursor_of(held).value(), before.x, before.y);
  CHECK(camera.distance_mm() == Approx(distance));
}

TEST_CASE("zooming over empty space keeps the point of the target's plane, to the limits") {
  auto camera = made();
  const Cursor cursor{100, 500};
  const Ray ray = camera.ray_through(cursor);
  const Vec3 held = ray.origin + ray.direction * (camera.distance_mm() /
                                                  dot(ray.direction, camera.basis().forward));
  camera.zoom_at(cursor, 3);
  check_at(camera.cursor_of(held).value(), 100, 500);
  camera.zoom_at(cursor, 1000);
  CHECK(camera.distance_mm() > 0);
  camera.zoom_at(cursor, -1000);
  CHECK(camera.distance_mm() <= 50.001 * diagonal_of(kBox) / 2);
}

TEST_CASE("panning carries the point of the target's plane with the cursor") {
  auto camera = made();
  const Vec3 held = camera.target();
  const auto before = camera.cursor_of(held).value();
  camera.pan(30, -20);
  check_at(camera.cursor_of(held).value(), before.x + 30, before.y - 20);
}

TEST_CASE("orbiting keeps target and distance, z up, and ends at the poles") {
  auto camera = made();
  camera.orbit(77, 33);
  CHECK(geometry::norm(camera.eye() - camera.target()) == Approx(camera.distance_mm()));
  CHECK(camera.basis().right.z == 0);
  camera.orbit(0, 1e6);
  CHECK(camera.elevation_rad() == Approx(std::numbers::pi / 2));
  camera.orbit(0, -1e7);
  CHECK(camera.elevation_rad() == Approx(-std::numbers::pi / 2));
  for (int i = 0; i < 10000; ++i) camera.orbit(600, 0);
  CHECK(std::abs(camera.azimuth_rad()) <= 3.1416);
}

TEST_CASE("dragging to the right turns the near side to the right") {
  auto camera = made();
  const Vec3 near_side = camera.target() - camera.basis().forward * 5.0;
  const double before = camera.cursor_of(near_side)->x;
  camera.orbit(10, 0);
  CHECK(camera.cursor_of(near_side)->x > before);
  const double height = camera.cursor_of(near_side)->y;
  camera.orbit(0, 10);
  CHECK(camera.cursor_of(near_side)->y > height);
}

TEST_CASE("axis views show named slices with axis1 to the right and axis2 upward") {
  auto camera = made();
  camera.look_from(View::plus_z);
  check_vector(camera.basis().right, 1, 0, 0);
  check_vector(camera.basis().up, 0, 1, 0);
  camera.look_from(View::minus_y);
  check_vector(camera.basis().right, 1, 0, 0);
  check_vector(camera.basis().up, 0, 0, 1);
  camera.look_from(View::plus_x);
  check_vector(camera.basis().right, 0, 1, 0);
  check_vector(camera.basis().up, 0, 0, 1);
  for (View view : {View::minus_x, View::plus_y, View::minus_z}) {
    camera.look_from(view);
    const auto axes = camera.basis();
    check_vector(cross(axes.right, axes.up) + axes.forward, 0, 0, 0);
  }
}

TEST_CASE("facing a slice shows it whole, axis2 upward") {
  for (const char* name : {"xy@2", "xz@-3", "yz@1"}) {
    auto camera = made();
    const auto pose = *geometry::parse_pose(name, 20);
    camera.face(pose);
    const auto at = [&](Vec3 p) { return camera.cursor_of(p).value(); };
    const auto base = at(pose.base), right = at(pose.base + pose.axis1),
               top = at(pose.base + pose.axis2);
    CHECK(right.x > base.x);
    CHECK(right.y == Approx(base.y));
    CHECK(top.y < base.y);
    CHECK(top.x == Approx(base.x));
    CHECK(base.y < 600);
    CHECK(top.y > 0);
  }
}
