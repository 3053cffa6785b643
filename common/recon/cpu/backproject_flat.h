// The special case that most parallel-beam slices are: a plane that sees one detector height per
// projection (axial slices of an upright detector). The two detector rows around that height are
// interpolated once, after which a point is one look-up in a line.
#pragma once

#include <span>

#include "common/recon/cpu/backproject_kernel.h"

namespace slicecast::recon {

// Whether a term may be given to add_flat_terms: parallel beam, detector height within 1e-6 px over
// a plane of rows x columns points that are `column` and `row` apart, and points close enough for a
// block to fit one window.
bool is_flat(const Homogeneous& origin, const Homogeneous& column, const Homogeneous& row, int rows,
             int columns);

// As add_terms, for terms that are flat and lie along rows.
void add_flat_terms(std::span<const KernelTerm> terms, const BlockSums& onto);

}  // namespace slicecast::recon
