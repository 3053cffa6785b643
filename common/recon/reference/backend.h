// The backend "reference": plain double-precision loops that every other backend is tested against.
#pragma once

#include "common/recon/backend.h"

namespace slicecast::recon {

Result<const Backend*> reference_backend();  // never fails

}  // namespace slicecast::recon
