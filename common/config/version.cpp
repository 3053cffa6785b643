#include "common/config/version.h"

namespace slicecast::config {

const char* version() {
  return SLICECAST_VERSION;
}

}  // namespace slicecast::config
