// The backend "cpu": Highway kernels for what the processor offers, chosen at run time.
#pragma once

#include "common/recon/backend.h"

namespace slicecast::recon {

Result<const Backend*> cpu_backend();  // never fails, and never will
// With kernels cut so; lives as long as the program. Refuses what validate() refuses.
Result<const Backend*> cpu_backend(const CpuKernels& kernels);

}  // namespace slicecast::recon
