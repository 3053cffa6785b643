#include "common/recon/backend.h"
#include "services/cli/doctor_checks.h"

namespace slicecast::cli {

Findings check_card(const std::string& backend, const std::string& device) {
  const std::string cpu = (*recon::find_backend("cpu"))->description();
  if (backend != "auto" && backend != "cuda")
    return {{Health::good, "card", "not used: backend is " + backend, {}}};
  const auto card = recon::find_backend(recon::BackendRequest{.name = "cuda", .device = device});
  if (card) return {{Health::good, "card", (*card)->description(), {}}};
  // One line that ends with its remedy.
  const std::string& line = card.error().message;
  const auto split = line.find("; ");
  const Health health = backend == "cuda" ? Health::bad : Health::note;
  return {{health, "card", "none that can be used, " + cpu + " computes: " + line.substr(0, split),
           split == std::string::npos ? "choose backend cpu" : line.substr(split + 2)}};
}

}  // namespace slicecast::cli
