// Slices that contain the direction of the rotation axis: along it, from point to point, the
// detector column u and the depth w do not change and the detector row v runs evenly. So columns,
// their interpolation and 1/w^2 are found once for a vector of lines, detector rows are
// interpolated across once for all points between them, and a point costs little more than one
// interpolation between two of those.
#pragma once

#include <span>

#include "common/recon/cpu/backproject_kernel.h"

namespace slicecast::recon {

// Which step of a term's blocks follows the axis.
enum class AlongAxis : unsigned char { none, strip, block };

// `lines`: blocks beside each other, `points`: of a line, both of the whole plane. False also where
// positions vary too fast or come too near to the source for these kernels.
bool runs_along_axis(const Homogeneous& first, const Homogeneous& lane, const Homogeneous& along,
                     int lines, int points);

// add_terms() for terms whose `along` step fulfils runs_along_axis().
void add_column_terms(std::span<const KernelTerm> terms, const BlockSums& onto, AlongAxis along);

}  // namespace slicecast::recon
