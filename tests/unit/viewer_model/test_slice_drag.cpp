#include <cmath>
#include <numbers>

#include "viewer/model/picking.h"
#include "viewer/model/slice_drag.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

const Pose kFlat{{-5, -5, 1}, {10, 0, 0}, {0, 10, 0}};
const Pose kTilted{{-4, -3, -2}, {6, 2, 1}, {-2, 5, 3}};

Camera oblique() {
  Camera camera;
  camera.resize(800, 600);
  camera.reset({{-10, -10, -10}, {10, 10, 10}});
  return camera;
}

SliceDrag begun(const Pose& pose, const Camera& camera, Cursor at, DragMode mode) {
  return SliceDrag::begin(pose, camera.ray_through(at), camera.basis(), mode, 50);
}

bool finite(const Pose& pose) {
  return std::isfinite(geometry::norm(pose.base) + geometry::norm(pose.axis1) +
                       geometry::norm(pose.axis2));
}

double angle_between(Vec3 a, Vec3 b) {
  return std::atan2(geometry::norm(cross(a, b)), dot(a, b));
}

}  // namespace

TEST_CASE("a drag that begins beside the slice, edge-on or behind the eye stays finite") {
  const auto camera = oblique();
  const Ray backwards{camera.eye(), camera.basis().forward * -1.0};
  for (DragMode mode : {DragMode::along_normal, DragMode::rotate, DragMode::spin}) {
    CHECK(finite(begun(kFlat, camera, {0, 0}, mode).update(camera.ray_through({799, 599}))));
    CHECK(finite(begun(kFlat, camera, {400, 300}, mode).update(backwards)));
    auto level = camera;
    level.look_from(View::plus_x);
    CHECK(finite(begun(kFlat, level, {400, 300}, mode).update(level.ray_through({500, 200}))));
    CHECK(finite(begun(Pose{}, camera, {400, 300}, mode).update(camera.ray_through({1, 1}))));
  }
}

TEST_CASE("going back to where a drag began gives back its first pose, bit for bit") {
  const auto camera = oblique();
  for (DragMode mode : {DragMode::along_normal, DragMode::rotate, DragMode::spin}) {
    const auto drag = begun(kTilted, camera, {410, 305}, mode);
    for (int i = 0; i < 5000; ++i) drag.update(camera.ray_through({i % 800 + 0.3, i % 600 + 0.1}));
    const auto pose = drag.update(camera.ray_through({410, 305}));
    CHECK(geometry::norm(pose.base - kTilted.base) == 0);
    CHECK(geometry::norm(pose.axis1 - kTilted.axis1) == 0);
    CHECK(geometry::norm(pose.axis2 - kTilted.axis2) == 0);
  }
}

TEST_CASE("a plain drag carries the grabbed point along the normal, under the cursor") {
  const auto camera = oblique();
  const Vec3 grabbed{2, -1, 1};
  const auto drag = begun(kFlat, camera, camera.cursor_of(grabbed).value(), DragMode::along_normal);
  const auto pose = drag.update(camera.ray_through(camera.cursor_of({2, -1, 4.5}).value()));
  CHECK(pose.base.z == Approx(4.5));
  CHECK(pose.base.x == kFlat.base.x);
  CHECK(geometry::norm(pose.axis1 - kFlat.axis1) == 0);
}

TEST_CASE("a plain drag ends at its reach, also past the normal's vanishing point") {
  auto camera = oblique();
  const auto drag = SliceDrag::begin(kFlat, camera.ray_through({400, 300}), camera.basis(),
                                     DragMode::along_normal, 7);
  CHECK(drag.update({camera.eye(), {0, 0, 1}}).base.z == Approx(8));
  CHECK(drag.update({camera.eye(), {0, 0, -1}}).base.z == Approx(-6));
  CHECK(drag.update({camera.eye(), unit({0.01, 0.01, -1})}).base.z == Approx(-6));
}

TEST_CASE("seen face-on, cursor up moves the slice away from the eye") {
  auto camera = oblique();
  camera.look_from(View::plus_z);
  const auto drag = begun(kFlat, camera, {400, 300}, DragMode::along_normal);
  CHECK(drag.update(camera.ray_through({400, 250})).base.z < 1);
  CHECK(drag.update(camera.ray_through({400, 350})).base.z > 1);
  camera.look_from(View::minus_z);
  const auto below = begun(kFlat, camera, {400, 300}, DragMode::along_normal);
  CHECK(below.update(camera.ray_through({400, 250})).base.z > 1);
}

TEST_CASE("rotating keeps centre, extents and right angles, however often it is done") {
  const auto camera = oblique();
  Pose pose = kFlat;
  for (int i = 0; i < 2000; ++i) {
    const auto drag =
        begun(pose, camera, {400, 300}, i % 2 == 0 ? DragMode::rotate : DragMode::spin);
    pose = drag.update(camera.ray_through({400.0 + i % 37 - 11, 300.0 + i % 23 - 9}));
  }
  CHECK(geometry::norm(pose.axis1) == Approx(10).epsilon(1e-12));
  CHECK(geometry::norm(pose.axis2) == Approx(10).epsilon(1e-12));
  CHECK(std::abs(dot(pose.axis1, pose.axis2)) < 1e-9);
  CHECK(geometry::norm(centre_of(pose) - centre_of(kFlat)) < 1e-9);
}

TEST_CASE("rotating tilts the normal and does not spin the slice") {
  auto camera = oblique();
  camera.look_from(View::plus_z);
  const auto drag = begun(kFlat, camera, {400, 300}, DragMode::rotate);
  const auto right = drag.update(camera.ray_through({450, 300}));
  CHECK(right.axis2.x == Approx(0).margin(1e-12));
  CHECK(right.axis1.z < 0);  // a ball: what faces the eye goes right, so the right rim goes away
  const auto up = drag.update(camera.ray_through({400, 250}));
  CHECK(up.axis1.x == Approx(10));
  CHECK(up.axis2.z < 0);  // and the upper rim away
}

TEST_CASE("rotating works whatever way the slice is seen") {
  for (View view : {View::plus_x, View::minus_y, View::plus_z}) {
    auto camera = oblique();
    camera.look_from(view);
    for (Cursor to : {Cursor{460, 300}, Cursor{400, 240}}) {
      const auto pose =
          begun(kFlat, camera, {400, 300}, DragMode::rotate).update(camera.ray_through(to));
      CHECK(angle_between(normal_of(pose), {0, 0, 1}) > 0.05);
    }
  }
}

TEST_CASE("spinning keeps the plane, and the grabbed point under the cursor's bearing") {
  const auto camera = oblique();
  const Vec3 centre = centre_of(kFlat);
  const auto drag =
      begun(kFlat, camera, camera.cursor_of(centre + Vec3{3, 0, 0}).value(), DragMode::spin);
  const auto pose =
      drag.update(camera.ray_through(camera.cursor_of(centre + Vec3{0, 2, 0}).value()));
  CHECK(normal_of(pose).z == Approx(1));
  CHECK(pose.axis1.x == Approx(0).margin(1e-9));
  CHECK(pose.axis1.y == Approx(10));
}

TEST_CASE("spinning does not jump where the cursor leaves the plane's horizon") {
  auto camera = oblique();
  camera.orbit(0, -60);  // flatter, so that the horizon is in the window
  const auto drag = begun(kTilted, camera, {420, 320}, DragMode::spin);
  Vec3 before = drag.update(camera.ray_through({420, 600})).axis1;
  for (double y = 599; y >= -2000; --y) {
    const Vec3 now = drag.update(camera.ray_through({420, y})).axis1;
    CHECK(angle_between(before, now) < 0.2);
    before = now;
  }
}

TEST_CASE("snapping keeps centre and extents and takes the axes of named poses") {
  const double length1 = geometry::norm(kTilted.axis1), length2 = geometry::norm(kTilted.axis2);
  for (Axis axis : {Axis::x, Axis::y, Axis::z}) {
    const auto pose = snapped(kTilted, axis);
    CHECK(geometry::norm(centre_of(pose) - centre_of(kTilted)) < 1e-12);
    CHECK(geometry::norm(pose.axis1) == length1);
    CHECK(geometry::norm(pose.axis2) == length2);
    CHECK(nearest_axis(pose) == axis);
  }
  CHECK(snapped(kTilted, Axis::x).axis1.y == length1);
  CHECK(snapped(kTilted, Axis::y).axis2.z == length2);
  CHECK(snapped(kTilted, Axis::z).axis2.y == length2);
}

TEST_CASE("a step goes up the axis nearest to the normal, in voxels") {
  CHECK(stepped(kFlat, 3, 0.5).base.z == Approx(2.5));
  // The normal of an xz slice is -y; its step still goes to +y.
  const auto xz = *geometry::parse_pose("xz@2", 10);
  CHECK(normal_of(xz).y == Approx(-1));
  CHECK(stepped(xz, 10, 0.1).base.y == Approx(3));
  CHECK(stepped(xz, -10, 0.1).base.y == Approx(1));
  const auto home = recentred(kTilted, {1, 2, 3});
  CHECK(geometry::norm(centre_of(home) - Vec3{1, 2, 3}) < 1e-12);
}
