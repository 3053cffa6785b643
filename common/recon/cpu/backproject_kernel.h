// The vector kernels of the cpu backprojection: one term onto a rectangle of blocks.
//
// A block is one vector of points in a row, `lane` apart, or in a patch of such rows, `cross`
// apart. Homogeneous detector coordinates (U, V, W) = (u w, v w, w) are affine in the grid, so they
// are walked by constant steps, taken in double precision to each block and in single precision,
// relative to a whole pixel near the block, inside it: positions keep an error of some 1e-6 px on a
// detector of any size.
#pragma once

#include <cstddef>
#include <span>

namespace slicecast::recon {

struct Homogeneous {
  double u = 0, v = 0, w = 0;
};
inline Homogeneous operator+(Homogeneous a, Homogeneous b) {
  return {a.u + b.u, a.v + b.v, a.w + b.w};
}
inline Homogeneous operator*(double s, Homogeneous a) {
  return {s * a.u, s * a.v, s * a.w};
}

// Points with a smaller w are in or behind the source and receive nothing.
constexpr double kLeastDepth = 1e-9;

struct KernelTerm {
  const void* pixels = nullptr;  // pixel (0, 0) of a CpuImage
  int rows = 0, columns = 0;
  int stride = 0;  // in stored numbers
  bool half = true;
  float factor = 0;   // weight times the image's scale
  Homogeneous first;  // lane 0 of block 0 of strip 0
  Homogeneous lane;   // to the next point of a block
  Homogeneous cross;  // patches: to the next row of a block
  int width = 0;      // patches: points in a row of a block, a power of two; 0: no patch
  Homogeneous block;  // to the next block of a strip
  Homogeneous strip;  // to the next strip
};

// Strips first_strip .. first_strip + strips - 1, counted from the term's strip 0 so that a point
// gets the same bits whichever tile it is in. Block b of the s-th of them: kernel_lanes() floats at
// s * strip_step + b * lanes, 64-byte aligned.
struct BlockSums {
  float* sums = nullptr;
  int first_strip = 0, strips = 0, blocks = 0;
  int section = 64;  // blocks worked on while the pixels of as many others are fetched; at most 64
};

// Points in a block on the target that runs.
int kernel_lanes();

// Adds factor * value(u, v) / w^2 of every term at every point of every block. The sum of a point
// is taken in the order of the terms.
void add_terms(std::span<const KernelTerm> terms, const BlockSums& onto);

}  // namespace slicecast::recon
