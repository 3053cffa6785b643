// Single-distance phase retrieval for a homogeneous sample (Paganin et al. 2002, Journal of
// Microscopy 206, 33): T' = F^-1{ F{T} / (1 + pi lambda z (delta/beta) f^2) }. -log T' is a line
// integral of the attenuation, no further factor.
#pragma once

#include "common/recon/processing.h"

namespace slicecast::recon {

double wavelength_mm(double energy_kev);

// pi lambda z (delta/beta), in mm^2; z = R1 R2/(R1 + R2) for cone (R1 = source-axis distance,
// R2 = distance_mm), else distance_mm.
double paganin_strength(const PaganinParameters& p, bool cone, double source_axis_mm);

// Frequency of term k of a cosine transform over n samples of `pixel_mm`, in cycles/mm. Mirror
// padding to 2n makes the transform a cosine transform (type II), whose terms are these.
double mirror_frequency(int k, int n, double pixel_mm);

}  // namespace slicecast::recon
