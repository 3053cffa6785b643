#include <cmath>

#include "viewer/model/stand_in.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

constexpr int kX = 12, kY = 10, kZ = 8;
constexpr double kVoxel = 0.5;
const Vec3 kCentre{1, -2, 3};

// Linear in world coordinates, so that trilinear interpolation is exact.
double linear(Vec3 p) {
  return 2 * p.x - 3 * p.y + 5 * p.z + 1;
}

std::vector<float> voxels() {
  const auto grid = geometry::volume_grid(kX, kY, kZ, kVoxel, kCentre);
  std::vector<float> values;
  for (int k = 0; k < kZ; ++k)
    for (int r = 0; r < kY; ++r)
      for (int c = 0; c < kX; ++c)
        values.push_back(static_cast<float>(linear(geometry::point_at(grid, k, r, c))));
  return values;
}

}  // namespace

TEST_CASE("an empty volume and a plane outside give zeros, no image nothing") {
  std::vector<float> pixels(16, 5.0f);
  const ImageView<float> image(pixels.data(), 4, 4);
  sample_plane({}, {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}, image);
  for (float pixel : pixels) CHECK(pixel == 0);
  const auto values = voxels();
  const VolumeView volume{values.data(), kZ, kY, kX, kVoxel, kCentre};
  pixels.assign(16, 5.0f);
  sample_plane(volume, {{0, 0, 90}, {1, 0, 0}, {0, 1, 0}}, image);
  for (float pixel : pixels) CHECK(pixel == 0);
  pixels.assign(16, 5.0f);
  sample_plane(volume, {{std::nan(""), 0, 0}, {1, 0, 0}, {0, 1, 0}}, image);
  for (float pixel : pixels) CHECK(pixel == 0);
  sample_plane(volume, {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}, {});
}

TEST_CASE("oblique planes are sampled trilinearly at the centres of their pixels") {
  const auto values = voxels();
  const VolumeView volume{values.data(), kZ, kY, kX, kVoxel, kCentre};
  const Pose pose{kCentre - Vec3{2.5, 1.5, 1}, {4, 1, 0.5}, {0.5, 2, 1}};
  std::vector<float> pixels(33 * 21);
  const ImageView<float> image(pixels.data(), 33, 21);
  sample_plane(volume, pose, image);
  const auto grid = geometry::grid_of(pose, 33, 21);
  int inside = 0;
  for (int r = 0; r < 33; ++r)
    for (int c = 0; c < 21; ++c) {
      const Vec3 p = geometry::point_at(grid, 0, r, c);
      const Vec3 d = p - kCentre;
      if (std::abs(d.x) > 2.75 || std::abs(d.y) > 2.25 || std::abs(d.z) > 1.75) continue;
      ++inside;
      CHECK(image(r, c) == Approx(linear(p)).epsilon(1e-4).margin(1e-3));
    }
  CHECK(inside > 200);
}

TEST_CASE("up to the outer faces the outermost voxels count, beyond is zero") {
  const std::vector<float> values(8, 4.0f);
  const VolumeView volume{values.data(), 2, 2, 2, 1.0, {}};
  const Pose pose{{-2, -2, 0}, {4, 0, 0}, {0, 4, 0}};
  std::vector<float> pixels(40 * 40);
  sample_plane(volume, pose, {pixels.data(), 40, 40});
  for (int r = 0; r < 40; ++r)
    for (int c = 0; c < 40; ++c)
      CHECK(pixels[static_cast<std::size_t>(40 * r + c)] ==
            (r >= 10 && r < 30 && c >= 10 && c < 30 ? 4.0f : 0.0f));
  const float one = 3;
  float pixel = 0;
  sample_plane({&one, 1, 1, 1, 1.0, {}}, {{-0.2, -0.2, 0}, {0.4, 0, 0}, {0, 0.4, 0}},
               {&pixel, 1, 1});
  CHECK(pixel == 3);
}
