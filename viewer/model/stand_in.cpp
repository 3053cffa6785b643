#include "viewer/model/stand_in.h"

#include <algorithm>
#include <cmath>

#include "viewer/model/slice_pixels.h"

namespace slicecast::viewer {
namespace {

// Continuous voxel index along one axis as it runs along a row of the image.
struct Track {
  double start = 0, step = 0;
  int count = 0;
};

// Narrows [low, high] to the columns in which the track lies within the voxels' outer faces.
void narrow(const Track& track, double& low, double& high) {
  const double first = -0.5 - track.start, last = track.count - 0.5 - track.start;
  if (track.step == 0) {
    if (first > 0 || last < 0) high = low - 1;
    return;
  }
  low = std::max(low, std::min(first / track.step, last / track.step));
  high = std::min(high, std::max(first / track.step, last / track.step));
}

// The two voxels about an index and the second one's share. `next` is 0 for a single voxel.
struct Pair {
  std::ptrdiff_t offset, next;
  float share;
};

inline Pair pair_at(float start, float step, int column, int count, std::ptrdiff_t stride) {
  const float index =
      std::clamp(start + step * static_cast<float>(column), 0.0f, static_cast<float>(count - 1));
  const int first = std::min(static_cast<int>(index), std::max(0, count - 2));
  return {first * stride, count > 1 ? stride : 0, index - static_cast<float>(first)};
}

inline float blended(float a, float b, float share) {
  return a + (b - a) * share;
}

void fill_row(const VolumeView& volume, const Track (&tracks)[3], ColumnRange range, float* out) {
  const std::ptrdiff_t row_stride = volume.columns;
  const std::ptrdiff_t plane_stride = row_stride * volume.rows;
  const float start[3] = {static_cast<float>(tracks[0].start), static_cast<float>(tracks[1].start),
                          static_cast<float>(tracks[2].start)};
  const float step[3] = {static_cast<float>(tracks[0].step), static_cast<float>(tracks[1].step),
                         static_cast<float>(tracks[2].step)};
  for (int c = range.first; c < range.end; ++c) {
    const Pair x = pair_at(start[0], step[0], c, volume.columns, 1);
    const Pair y = pair_at(start[1], step[1], c, volume.rows, row_stride);
    const Pair z = pair_at(start[2], step[2], c, volume.planes, plane_stride);
    const float* corner = volume.voxels + x.offset + y.offset + z.offset;
    const auto along_x = [&](const float* p) { return blended(p[0], p[x.next], x.share); };
    const auto along_y = [&](const float* p) {
      return blended(along_x(p), along_x(p + y.next), y.share);
    };
    out[c] = blended(along_y(corner), along_y(corner + z.next), z.share);
  }
}

}  // namespace

void sample_plane(const VolumeView& volume, const Pose& pose, const ImageView<float>& image) {
  if (image.pixels == nullptr || image.rows < 1 || image.columns < 1) return;
  const auto grid = geometry::grid_of(pose, image.rows, image.columns);
  for (int r = 0; r < image.rows; ++r) {
    const auto row = image.row(r);
    std::fill(row.begin(), row.end(), 0.0f);
    if (volume.empty()) continue;
    const Vec3 offset = (geometry::point_at(grid, 0, r, 0) - volume.centre) * (1 / volume.voxel_mm);
    const Vec3 step = grid.step_column * (1 / volume.voxel_mm);
    const Track tracks[3] = {{offset.x + (volume.columns - 1) / 2.0, step.x, volume.columns},
                             {offset.y + (volume.rows - 1) / 2.0, step.y, volume.rows},
                             {offset.z + (volume.planes - 1) / 2.0, step.z, volume.planes}};
    double low = 0, high = image.columns - 1.0;
    for (const Track& track : tracks) narrow(track, low, high);
    if (!(low <= high)) continue;
    fill_row(volume, tracks,
             {static_cast<int>(std::ceil(low)), static_cast<int>(std::floor(high)) + 1},
             row.data());
  }
}

}  // namespace slicecast::viewer
