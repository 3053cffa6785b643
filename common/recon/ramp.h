// The ramp filter of filtered backprojection, from its band-limited spatial kernel.
//
// Sampling |f| in the Fourier domain shifts the mean of the image (Kak & Slaney 1988,
// section 3.3.3); the spatial kernel h(0) = 1/(4 tau^2), h(odd n) = -1/(pi n tau)^2, h(even n) = 0
// (their equation 61) padded to at least 2N-1 gives the linear convolution exactly. Filtered values
// are tau * sum h(j - i) p(i): line integrals in, 1/mm out.
#pragma once

#include <vector>

#include "common/recon/processing.h"

namespace slicecast::recon {

double ramp_kernel(int n, double tau);  // 1/mm^2

// Factor of the apodisation window at frequency `fraction` (0 to 1, of Nyquist); 0 beyond `cutoff`.
double window_gain(RampFilter filter, double fraction, double cutoff,
                   const std::vector<double>& table);

// One way to pad rows of `columns` samples: `taper` samples of continuation on both sides, `length`
// of the transform, a power of two.
struct RowPadding {
  int columns = 0;
  int taper = 0;
  int length = 0;
};
RowPadding zero_padding(int columns);
RowPadding taper_padding(int columns);

// Weight of the edge value k samples beyond the edge (k = 1..taper): a falling half cosine.
double taper_weight(int k, int taper);

// Gain of the row transform at frequencies 0..length/2 (real and even): tau times the transform of
// the kernel, times the window. Not divided by the length. Doubles, O(length^2) once per epoch.
std::vector<double> ramp_gain(const RowPadding& padding, double tau, const PixelParameters& p);

}  // namespace slicecast::recon
