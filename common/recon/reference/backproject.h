// Backprojection by the definition, in double precision: for every point and every term, project,
// interpolate bilinearly with samples outside the detector counted as 0, add weight * value / w^2
// (Feldkamp, Davis, Kress 1984, eq. 28, written with the depth w of a projection matrix).
//
// Terms may hold images of any backend: values are read through StoredImage::value.
#pragma once

#include <memory>

#include "common/recon/backend.h"

namespace slicecast::recon {

std::unique_ptr<Backproject> make_reference_backproject();

}  // namespace slicecast::recon
