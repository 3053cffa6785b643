#include "common/base/error.h"

namespace slicecast {

const char* to_string(Errc code) {
  switch (code) {
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::not_found: return "not_found";
    case Errc::already_exists: return "already_exists";
    case Errc::deadline_exceeded: return "deadline_exceeded";
    case Errc::unavailable: return "unavailable";
    case Errc::permission_denied: return "permission_denied";
    case Errc::resource_exhausted: return "resource_exhausted";
    case Errc::malformed: return "malformed";
    case Errc::unsupported: return "unsupported";
    case Errc::io: return "io";
    case Errc::cancelled: return "cancelled";
  }
  return "unknown";
}

}  // namespace slicecast
