// In a file of its own: only this one is compiled again when the digest changes.
#include "common/recon/backend_module.h"

namespace slicecast::recon {

const char* backend_module_version() {
  return "slicecast backend " SLICECAST_BACKEND_DIGEST;
}

}  // namespace slicecast::recon
