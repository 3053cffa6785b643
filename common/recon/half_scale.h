// The power of two by which values are divided before they become half precision.
#pragma once

namespace slicecast::recon {

// Brings `largest` (magnitude of the first filtered projection) into (4, 8]: later values may grow
// 8000-fold before they clip and shrink 2^17-fold before they lose precision. 1 for 0.
float half_scale_for(float largest);

}  // namespace slicecast::recon
