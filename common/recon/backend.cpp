#include "common/recon/backend.h"

#include <map>
#include <mutex>
#include <utility>

#include "common/recon/backend_module.h"
#include "common/recon/cpu/backend.h"
#include "common/recon/reference/backend.h"

namespace slicecast::recon {
namespace {

// A device is opened once, however often it is asked for.
Result<const Backend*> loaded_backend(const BackendRequest& request) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, const Backend*> opened;
  const std::filesystem::path path = backend_module_path(request.name);
  const auto key = std::pair(path.string(), request.device);
  std::lock_guard lock(mutex);
  auto found = opened.find(key);
  if (found == opened.end()) {
    auto backend = load_backend(path, request);
    if (!backend) return backend;
    found = opened.emplace(key, *backend).first;
  }
  if (auto failure = found->second->failure()) return *failure;
  return found->second;
}

Result<const Backend*> cpu_of(const BackendRequest&) {
  return cpu_backend();
}

Result<const Backend*> reference_of(const BackendRequest&) {
  return reference_backend();
}

// In order of preference for "auto"; the slow reference comes last. What is built but not usable
// here is an Error that says why.
struct NamedBackend {
  const char* name;
  Result<const Backend*> (*find)(const BackendRequest&);
};
constexpr NamedBackend kBackends[] = {
    {"cuda", loaded_backend},
    {"cpu", cpu_of},
    {"reference", reference_of},
};

}  // namespace

std::vector<std::string> backend_names() {
  std::vector<std::string> names{"auto"};
  for (const NamedBackend& backend : kBackends) names.emplace_back(backend.name);
  return names;
}

Result<const Backend*> find_backend(const BackendRequest& request) {
  std::string known = "auto";
  for (const NamedBackend& backend : kBackends) {
    BackendRequest named = request;
    named.name = backend.name;
    if (request.name == backend.name) return backend.find(named);
    if (request.name == "auto")
      if (auto found = backend.find(named)) return found;
    known += std::string(", ") + backend.name;
  }
  return Error{Errc::not_found,
               "no compute backend named '" + request.name + "'; choose one of: " + known};
}

Result<const Backend*> find_backend(std::string_view name) {
  return find_backend(BackendRequest{.name = std::string(name)});
}

}  // namespace slicecast::recon
