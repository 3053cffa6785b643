// The backend "cpu": Highway kernels for what the processor offers, chosen at run time.
#pragma once

#include "common/recon/backend.h"

namespace slicecast::recon {

Result<const Backend*> cpu_backend();  // never fails

}  // namespace slicecast::recon
