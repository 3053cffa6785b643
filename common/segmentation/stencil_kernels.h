// Inner loops of a five-point operator on a grid: (A x)[i] = diagonal[i] x[i] - east[i] x[i+1] -
// east[i-1] x[i-1] - south[i] x[i+stride] - south[i-stride] x[i-stride]. Arrays run over whole
// padded rows, whose pads hold 0; `count` is a multiple of 16 and nothing is aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace slicecast::segmentation::kernels {

struct Stencil {
  const float *diagonal, *inverse_diagonal, *east, *south;  // of the first point of the range
  std::ptrdiff_t stride;
};

// y = A x; returns x . y.
double stencil_apply(const Stencil& stencil, const float* x, float* y, std::size_t count);

// residual = right - A x.
void stencil_residual(const Stencil& stencil, const float* right, const float* x, float* residual,
                      std::size_t count);

// next = x + weight (right - A x) / diagonal; returns right . next.
double stencil_relax(const Stencil& stencil, float weight, const float* right, const float* x,
                     float* next, std::size_t count);

// x = weight right / diagonal: the same from x = 0.
void stencil_first_relax(const Stencil& stencil, float weight, const float* right, float* x,
                         std::size_t count);

// x += step p, r -= step q; returns r . r.
double advance(float step, const float* p, const float* q, float* x, float* r, std::size_t count);

// p = z + factor p.
void redirect(const float* z, float factor, float* p, std::size_t count);

// weights[i] = exp(-scale (a[i] - b[i])^2) + floor; 0 where a or b is NaN. Any count.
void edge_weights(const float* a, const float* b, float scale, float floor, float* weights,
                  std::size_t count);

// Sum of (value - offset)^2 over what is not NaN.
double square_sum(std::span<const float> row, float offset);

}  // namespace slicecast::segmentation::kernels
