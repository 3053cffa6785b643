// A module with a backend that works, for one device named "0"; SLICECAST_TEST_CARD=absent: none.
#include <cstdlib>
#include <string_view>

#include "common/recon/backend_module.h"
#include "tests/unit/backend/failing_backend.h"

using namespace slicecast;
using namespace slicecast::recon;

extern "C" {

[[gnu::visibility("default")]] const char* slicecast_backend_module_version() {
  return backend_module_version();
}

[[gnu::visibility("default")]] void slicecast_backend_module(const BackendRequest& request,
                                                             Result<const Backend*>* answer) {
  static testing::Card card;
  static const testing::FailingBackend backend(card);
  const char* told = std::getenv("SLICECAST_TEST_CARD");
  if (told != nullptr && std::string_view(told) == "absent")
    *answer = Error{Errc::unavailable, "there is no card; put one in"};
  else if (!request.device.empty() && request.device != "0")
    *answer = Error{Errc::not_found, "there is no device " + request.device + "; choose 0"};
  else
    *answer = static_cast<const Backend*>(&backend);
}
}
