#include "common/recon/backend.h"

#include "common/recon/cpu/backend.h"
#include "common/recon/reference/backend.h"

namespace slicecast::recon {
namespace {

// In order of preference for "auto"; the slow reference comes last. What is built but not usable
// here is an Error that says why.
struct Entry {
  std::string_view name;
  Result<const Backend*> (*find)();
};
constexpr Entry kBackends[] = {
    {"cpu", cpu_backend},
    {"reference", reference_backend},
};

}  // namespace

Result<const Backend*> find_backend(std::string_view name) {
  std::string known = "auto";
  for (const Entry& entry : kBackends) {
    if (name == entry.name) return entry.find();
    if (name == "auto") {
      auto backend = entry.find();
      if (backend) return backend;
    }
    known += ", ";
    known += entry.name;
  }
  return Error{Errc::not_found,
               "no compute backend named '" + std::string(name) + "'; choose one of: " + known};
}

}  // namespace slicecast::recon
