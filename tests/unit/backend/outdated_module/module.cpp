// A module of another version; to call its entry would end the program.
#include <cstdlib>

#include "common/recon/backend_module.h"

extern "C" {

[[gnu::visibility("default")]] const char* slicecast_backend_module_version() {
  return "slicecast backend 0";
}

[[gnu::visibility("default")]] void slicecast_backend_module(
    const slicecast::recon::BackendRequest&, slicecast::Result<const slicecast::recon::Backend*>*) {
  std::abort();
}
}
