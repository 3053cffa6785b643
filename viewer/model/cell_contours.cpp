#include "viewer/model/cell_contours.h"

#include <span>

namespace slicecast::viewer {
namespace {

using Loop = std::vector<std::uint8_t>;
using Triangle = std::array<std::uint8_t, 3>;

constexpr std::uint8_t kNone = 255;

std::uint8_t edge_between(int corner_a, int corner_b) {
  for (std::size_t e = 0; e < kCellEdges.size(); ++e) {
    const int low = kCellEdges[e].corner, high = low | 1 << kCellEdges[e].direction;
    if ((low == corner_a && high == corner_b) || (low == corner_b && high == corner_a))
      return static_cast<std::uint8_t>(e);
  }
  return kNone;
}

// Corners of a face, counter-clockwise seen from outside of the cell.
std::array<int, 4> face_corners(int direction, bool upper) {
  const int along = 1 << direction, u = 1 << (direction + 1) % 3, v = 1 << (direction + 2) % 3;
  if (upper) return {along, along | u, along | u | v, along | v};
  return {0, v, u | v, u};
}

bool in_same_face(std::uint8_t edge_a, std::uint8_t edge_b) {
  const auto ends = [](std::uint8_t e) {
    return std::array{int{kCellEdges[e].corner},
                      kCellEdges[e].corner | 1 << kCellEdges[e].direction};
  };
  for (int bit = 1; bit < 8; bit <<= 1)
    for (int side : {0, bit}) {
      bool all = true;
      for (auto edge : {edge_a, edge_b})
        for (int corner : ends(edge)) all = all && (corner & bit) == side;
      if (all) return true;
    }
  return false;
}

// For each crossed edge the next one of its loop: on every face, each run of inside corners is cut
// off by a segment from the edge that enters it to the edge that leaves it.
std::array<std::uint8_t, 12> segments_of(int pattern) {
  std::array<std::uint8_t, 12> next;
  next.fill(kNone);
  const auto inside = [&](int corner) { return (pattern >> corner & 1) != 0; };
  for (int direction = 0; direction < 3; ++direction)
    for (bool upper : {false, true}) {
      const auto corners = face_corners(direction, upper);
      for (std::size_t i = 0; i < 4; ++i) {
        const int before = corners[i], first = corners[(i + 1) % 4];
        if (inside(before) || !inside(first)) continue;
        std::size_t last = i + 1;
        while (inside(corners[(last + 1) % 4])) ++last;
        next[edge_between(before, first)] =
            edge_between(corners[last % 4], corners[(last + 1) % 4]);
      }
    }
  return next;
}

// Appends triangles of the part `loop`, closed by a side that is allowed already.
bool triangulate(std::span<const std::uint8_t> loop, CellTriangles& triangles) {
  if (loop.size() < 3) return true;
  const auto first = loop.front(), last = loop.back();
  for (std::size_t i = 1; i + 1 < loop.size(); ++i) {
    const bool side_before = i == 1 || !in_same_face(first, loop[i]);
    const bool side_after = i + 2 == loop.size() || !in_same_face(loop[i], last);
    if (!side_before || !side_after) continue;
    const std::size_t kept = triangles.size();
    triangles.push_back(Triangle{first, loop[i], last});
    if (triangulate(loop.first(i + 1), triangles) && triangulate(loop.subspan(i), triangles))
      return true;
    triangles.resize(kept);
  }
  return false;
}

CellTriangles triangles_of(int pattern) {
  auto next = segments_of(pattern);
  CellTriangles triangles;
  for (std::size_t start = 0; start < next.size(); ++start) {
    Loop loop;
    for (auto edge = static_cast<std::uint8_t>(start); next[edge] != kNone;) {
      loop.push_back(edge);
      const std::uint8_t following = next[edge];
      next[edge] = kNone;
      edge = following;
    }
    // Of the loops that occur every one can be triangulated so; a test holds all 256 against it.
    triangulate(loop, triangles);
  }
  return triangles;
}

}  // namespace

const std::array<CellTriangles, 256>& cell_triangles() {
  static const auto table = [] {
    std::array<CellTriangles, 256> all;
    for (int pattern = 0; pattern < 256; ++pattern)
      all[static_cast<std::size_t>(pattern)] = triangles_of(pattern);
    return all;
  }();
  return table;
}

}  // namespace slicecast::viewer
