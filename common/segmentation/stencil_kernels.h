// Inner loops of a five-point operator on a grid: (A x)[i] = diagonal[i] x[i] - east[i] x[i+1] -
// east[i-1] x[i-1] - south[i] x[i+stride] - south[i-stride] x[i-stride]. Arrays run over whole
// padded rows, whose pads hold 0; `count` is a multiple of 8 and nothing is aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace slicecast::segmentation::kernels {

struct Stencil {
  const double *diagonal, *inverse_diagonal, *east, *south;  // of the first point of the range
  std::ptrdiff_t stride;
};

// y = A x; returns x . y.
double stencil_apply(const Stencil& stencil, const double* x, double* y, std::size_t count);

// residual = right - A x.
void stencil_residual(const Stencil& stencil, const double* right, const double* x,
                      double* residual, std::size_t count);

// next = x + weight (right - A x) / diagonal; returns right . next.
double stencil_relax(const Stencil& stencil, double weight, const double* right, const double* x,
                     double* next, std::size_t count);

// x = weight right / diagonal: the same from x = 0.
void stencil_first_relax(const Stencil& stencil, double weight, const double* right, double* x,
                         std::size_t count);

// x += step p, r -= step q.
struct Remainder {
  double squares = 0;   // r . r
  double relative = 0;  // of r / diagonal
};
Remainder advance(double step, const double* p, const double* q, const double* inverse_diagonal,
                  double* x, double* r, std::size_t count);

// p = z + factor p.
void redirect(const double* z, double factor, double* p, std::size_t count);

// weights[i] = exp(-scale (a[i] - b[i])^2) + floor; 0 where a or b is NaN. Any count.
void edge_weights(const float* a, const float* b, float scale, float floor, double* weights,
                  std::size_t count);

// Sum of (value - offset)^2 over what is not NaN.
double square_sum(std::span<const float> row, float offset);

}  // namespace slicecast::segmentation::kernels
