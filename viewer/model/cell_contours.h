// How the surface cuts a cell of eight voxels, for each of the 256 patterns of corners inside: the
// table of marching cubes, computed instead of typed. On every face of the cell the crossed edges
// are joined by segments (on an ambiguous face, with two inside corners on a diagonal, each corner
// is cut off by itself), and the segments of the six faces close to loops. Which segments a face
// gets depends on its four corners only, so that two cells that share it always agree and the
// surface has no holes. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace slicecast::viewer {

// Corner i has offset (i & 1, i >> 1 & 1, i >> 2) in x, y, z.
struct CellEdge {
  std::uint8_t direction;  // 0 x, 1 y, 2 z
  std::uint8_t corner;     // its lower end
};
inline constexpr std::array<CellEdge, 12> kCellEdges{{{0, 0},
                                                      {0, 2},
                                                      {0, 4},
                                                      {0, 6},
                                                      {1, 0},
                                                      {1, 1},
                                                      {1, 4},
                                                      {1, 5},
                                                      {2, 0},
                                                      {2, 1},
                                                      {2, 2},
                                                      {2, 3}}};

// Three edges each, counter-clockwise seen from the outside corners. No side of a triangle joins
// two edges within a face of the cell except along that face's own segments, so that neighbouring
// cells never use the same diagonal.
using CellTriangles = std::vector<std::array<std::uint8_t, 3>>;

// Bit i of the index: corner i is inside.
const std::array<CellTriangles, 256>& cell_triangles();

}  // namespace slicecast::viewer
