#include "viewer/model/iso_surface.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "viewer/model/cell_contours.h"

namespace slicecast::viewer {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

struct Index {
  int x, y, z;
};

// Marches through layers of cells. Indices run from -1 to N: a shell of outside voxels about the
// volume closes the surface.
class March {
 public:
  March(const VolumeView& volume, float level, Mesh& mesh)
      : volume_(volume),
        level_(level),
        mesh_(mesh),
        width_(volume.columns + 2),
        plane_size_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(volume.rows + 2)) {
    for (auto& plane : inside_) plane.assign(plane_size_, 0);
    for (auto& plane : vertex_) plane.assign(plane_size_, kNone);
  }

  void layer(int z) {
    std::swap(inside_[0], inside_[1]);
    std::swap(vertex_[0], vertex_[3]);  // x and y edges of the upper plane become the lower one's
    std::swap(vertex_[1], vertex_[4]);
    for (int i : {2, 3, 4}) std::fill(vertex_[i].begin(), vertex_[i].end(), kNone);
    mark_inside(z + 1);
    for (int y = -1; y < volume_.rows; ++y)
      for (int x = -1; x < volume_.columns; ++x) cell({x, y, z});
  }

 private:
  std::size_t place(int x, int y) const {
    return static_cast<std::size_t>(y + 1) * static_cast<std::size_t>(width_) +
           static_cast<std::size_t>(x + 1);
  }

  bool within(Index i) const {
    return i.x >= 0 && i.y >= 0 && i.z >= 0 && i.x < volume_.columns && i.y < volume_.rows &&
           i.z < volume_.planes;
  }

  void mark_inside(int z) {
    auto& plane = inside_[1];
    if (z >= volume_.planes) {
      std::fill(plane.begin(), plane.end(), std::uint8_t{0});
      return;
    }
    for (int y = 0; y < volume_.rows; ++y) {
      const float* row = &volume_.voxels[(static_cast<std::size_t>(z) * volume_.rows + y) *
                                         static_cast<std::size_t>(volume_.columns)];
      for (int x = 0; x < volume_.columns; ++x) plane[place(x, y)] = row[x] >= level_ ? 1 : 0;
    }
  }

  void cell(Index at) {
    const std::size_t p = place(at.x, at.y), q = p + static_cast<std::size_t>(width_);
    const auto &low = inside_[0], &high = inside_[1];
    const int pattern = low[p] | low[p + 1] << 1 | low[q] << 2 | low[q + 1] << 3 | high[p] << 4 |
                        high[p + 1] << 5 | high[q] << 6 | high[q + 1] << 7;
    if (pattern == 0 || pattern == 255) return;
    for (const auto& triangle : triangles_[static_cast<std::size_t>(pattern)])
      mesh_.triangles.push_back(
          {vertex(at, triangle[0]), vertex(at, triangle[1]), vertex(at, triangle[2])});
  }

  std::uint32_t vertex(Index cell, std::uint8_t edge) {
    const auto [direction, corner] = kCellEdges[edge];
    const Index from{cell.x + (corner & 1), cell.y + (corner >> 1 & 1), cell.z + (corner >> 2)};
    // Planes of vertices: 0 x and 1 y edges below, 2 z edges, 3 x and 4 y edges above.
    const std::size_t plane = direction == 2 ? 2u : direction + 3u * (corner >> 2);
    std::uint32_t& known = vertex_[plane][place(from.x, from.y)];
    if (known == kNone) known = make_vertex(from, direction);
    return known;
  }

  std::uint32_t make_vertex(Index from, int direction) {
    Index to = from;
    (direction == 0 ? to.x : direction == 1 ? to.y : to.z) += 1;
    double share = 0.5;
    Vec3 normal;
    if (within(from) && within(to)) {
      const double a = volume_.at(from.z, from.y, from.x), b = volume_.at(to.z, to.y, to.x);
      const double crossed = (level_ - a) / (b - a);
      // Off the voxel centres, lest triangles shrink to points where values equal the level.
      if (std::isfinite(crossed)) share = std::clamp(crossed, 1e-3, 1 - 1e-3);
      normal = gradient(from) * (share - 1) - gradient(to) * share;
    } else {
      const double outward = within(from) ? 1 : -1;
      normal = {direction == 0 ? outward : 0, direction == 1 ? outward : 0,
                direction == 2 ? outward : 0};
    }
    normal = unit(normal);
    const double h = volume_.voxel_mm;
    const auto coordinate = [&](int i, int count, bool along, double centre) {
      return static_cast<float>(centre + (i + (along ? share : 0) - (count - 1) / 2.0) * h);
    };
    mesh_.positions.push_back(
        {coordinate(from.x, volume_.columns, direction == 0, volume_.centre.x),
         coordinate(from.y, volume_.rows, direction == 1, volume_.centre.y),
         coordinate(from.z, volume_.planes, direction == 2, volume_.centre.z)});
    mesh_.normals.push_back(
        {static_cast<float>(normal.x), static_cast<float>(normal.y), static_cast<float>(normal.z)});
    return static_cast<std::uint32_t>(mesh_.positions.size() - 1);
  }

  // Central differences, one-sided at the border; zero beside a NaN. Per voxel.
  Vec3 gradient(Index i) const {
    const auto slope = [&](Index before, Index after, int steps) {
      if (steps == 0) return 0.0;
      const double rise = static_cast<double>(volume_.at(after.z, after.y, after.x)) -
                          volume_.at(before.z, before.y, before.x);
      return std::isfinite(rise) ? rise / steps : 0.0;
    };
    const int x0 = std::max(0, i.x - 1), x1 = std::min(volume_.columns - 1, i.x + 1);
    const int y0 = std::max(0, i.y - 1), y1 = std::min(volume_.rows - 1, i.y + 1);
    const int z0 = std::max(0, i.z - 1), z1 = std::min(volume_.planes - 1, i.z + 1);
    return {slope({x0, i.y, i.z}, {x1, i.y, i.z}, x1 - x0),
            slope({i.x, y0, i.z}, {i.x, y1, i.z}, y1 - y0),
            slope({i.x, i.y, z0}, {i.x, i.y, z1}, z1 - z0)};
  }

  const VolumeView& volume_;
  const float level_;
  Mesh& mesh_;
  const int width_;
  const std::size_t plane_size_;
  const std::array<CellTriangles, 256>& triangles_ = cell_triangles();
  std::array<std::vector<std::uint8_t>, 2> inside_;  // lower and upper plane of the layer
  std::array<std::vector<std::uint32_t>, 5> vertex_;
};

Vec3 vector_of(const std::array<float, 3>& p) {
  return {p[0], p[1], p[2]};
}

// Where the values say nothing about the direction (a lone voxel, NaN), the triangles do.
void fill_missing_normals(Mesh& mesh) {
  std::vector<Vec3> sums;
  const auto missing = [&](std::uint32_t v) {
    const auto& n = mesh.normals[v];
    return n[0] == 0 && n[1] == 0 && n[2] == 0;
  };
  for (std::uint32_t v = 0; v < mesh.normals.size() && sums.empty(); ++v)
    if (missing(v)) sums.resize(mesh.normals.size());
  if (sums.empty()) return;
  for (const auto& [a, b, c] : mesh.triangles) {
    const Vec3 corner = vector_of(mesh.positions[a]);
    const Vec3 facing =
        cross(vector_of(mesh.positions[b]) - corner, vector_of(mesh.positions[c]) - corner);
    for (auto v : {a, b, c}) sums[v] = sums[v] + facing;
  }
  for (std::uint32_t v = 0; v < mesh.normals.size(); ++v) {
    if (!missing(v)) continue;
    const Vec3 normal = geometry::norm(sums[v]) > 0 ? unit(sums[v]) : Vec3{0, 0, 1};
    mesh.normals[v] = {static_cast<float>(normal.x), static_cast<float>(normal.y),
                       static_cast<float>(normal.z)};
  }
}

}  // namespace

Result<Mesh> iso_surface(const VolumeView& volume, double level, IsoProgress& progress,
                         std::size_t max_triangles) {
  if (volume.empty())
    return Error{Errc::not_found, "there is no preview volume yet; wait for the first one"};
  if (!std::isfinite(level) || !std::isfinite(static_cast<float>(level)))
    return Error{Errc::invalid_argument, "the level of the surface must be a number"};
  Mesh mesh;
  March march(volume, static_cast<float>(level), mesh);
  for (int z = -1; z < volume.planes; ++z) {
    if (progress.cancel.load(std::memory_order_relaxed))
      return Error{Errc::cancelled, "the surface was cancelled"};
    march.layer(z);
    if (mesh.triangles.size() > max_triangles)
      return Error{Errc::resource_exhausted,
                   "the surface has more than " + std::to_string(max_triangles) +
                       " triangles; choose a level further from the noise"};
    progress.share.store(static_cast<float>(z + 2) / static_cast<float>(volume.planes + 1),
                         std::memory_order_relaxed);
  }
  fill_missing_normals(mesh);
  return mesh;
}

double area_mm2(const Mesh& mesh) {
  double sum = 0;
  for (const auto& [a, b, c] : mesh.triangles) {
    const Vec3 corner = vector_of(mesh.positions[a]);
    sum += geometry::norm(
        cross(vector_of(mesh.positions[b]) - corner, vector_of(mesh.positions[c]) - corner));
  }
  return sum / 2;
}

double volume_mm3(const Mesh& mesh) {
  if (mesh.positions.empty()) return 0;
  // Tetrahedra to a point near the surface, so that far-off meshes keep their digits.
  const Vec3 apex = vector_of(mesh.positions.front());
  double sum = 0;
  for (const auto& [a, b, c] : mesh.triangles)
    sum += dot(vector_of(mesh.positions[a]) - apex,
               cross(vector_of(mesh.positions[b]) - apex, vector_of(mesh.positions[c]) - apex));
  return sum / 6;
}

}  // namespace slicecast::viewer
