#include "common/recon/backend.h"

#include <mutex>
#include <utility>
#include <vector>

#include "common/recon/backend_module.h"
#include "common/recon/cpu/backend.h"
#include "common/recon/reference/backend.h"

namespace slicecast::recon {
namespace {

// Equal requests share a backend: a device is opened once, however often it is asked for.
class Opened {
 public:
  template <class Open>
  Result<const Backend*> find(const BackendRequest& request, const std::string& from, Open open) {
    std::lock_guard lock(mutex_);
    for (const One& one : all_) {
      if (one.request != request || one.from != from) continue;
      if (auto failure = one.backend->failure()) return *failure;
      return one.backend;
    }
    auto backend = open();
    if (backend) all_.push_back({request, from, *backend});
    return backend;
  }

 private:
  struct One {
    BackendRequest request;
    std::string from;
    const Backend* backend;
  };
  std::mutex mutex_;
  std::vector<One> all_;
};

Opened& opened() {
  static Opened all;
  return all;
}

Result<const Backend*> loaded_backend(const BackendRequest& request) {
  const std::filesystem::path path = backend_module_path(request.name);
  return opened().find(request, path.string(), [&] { return load_backend(path, request); });
}

Result<const Backend*> cpu_of(const BackendRequest& request) {
  if (request.kernels.cpu == CpuKernels{}) return cpu_backend();
  BackendRequest own;
  own.name = request.name;
  own.kernels.cpu = request.kernels.cpu;
  return opened().find(own, "", [&] { return cpu_backend(own.kernels.cpu); });
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
