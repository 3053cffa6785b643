// The field of view of what a descriptor processes.
#pragma once

#include "common/recon/processing.h"

namespace slicecast::recon {

// geometry::field_of_view of the region of interest; of the whole detector when there is no region,
// when measured vectors name the whole detector, or when the axis lies outside of the region.
geometry::FieldOfView processed_field(const ProcessDesc& desc);

}  // namespace slicecast::recon
