#include "common/recon/backend_module.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string_view>
#include <system_error>

namespace slicecast::recon {
namespace {

namespace fs = std::filesystem;

// dlerror() is a line without a remedy.
std::string reason_of_loader() {
  const char* text = dlerror();
  return text != nullptr ? text : "the loader does not say why";
}

Error of_another_version(const fs::path& path) {
  return {Errc::unavailable,
          path.string() + " is a module of another version; build it with the programs"};
}

}  // namespace

fs::path backend_module_path(const std::string& backend) {
  if (const char* given = std::getenv("SLICECAST_CUDA_MODULE"); given != nullptr && *given != '\0')
    return given;
  const std::string file = "libslicecast_" + backend + ".so";
  std::error_code failure;
  const fs::path folder = fs::read_symlink("/proc/self/exe", failure).parent_path();
  const fs::path installed = folder.parent_path() / "lib" / file;
  return fs::exists(installed, failure) ? installed : folder / file;
}

Result<void*> BackendModule::symbol(const char* name) const {
  if (void* found = dlsym(handle_, name)) return found;
  return of_another_version(path_);
}

Result<BackendModule> BackendModule::load(const fs::path& path) {
  std::error_code failure;
  if (!fs::exists(path, failure))
    return Error{Errc::unsupported,
                 path.filename().string() +
                     " is not there; build where nvcc is, or set SLICECAST_CUDA_MODULE to it"};
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr)
    return Error{Errc::unavailable, "the module cannot be loaded: " + reason_of_loader() +
                                        "; install the libraries that it names"};
  BackendModule module(path, handle);
  const auto version = module.entry<BackendModuleVersion>("slicecast_backend_module_version");
  if (!version) return version.error();
  if (std::string_view((*version)()) != backend_module_version()) return of_another_version(path);
  return module;
}

Result<const Backend*> load_backend(const fs::path& path, const BackendRequest& request) {
  const auto module = BackendModule::load(path);
  if (!module) return module.error();
  const auto entry = module->entry<BackendModuleEntry>("slicecast_backend_module");
  if (!entry) return entry.error();
  Result<const Backend*> answer = Error{Errc::unavailable, path.string() + " gave no answer"};
  (*entry)(request, &answer);
  return answer;
}

}  // namespace slicecast::recon
