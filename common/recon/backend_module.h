// A backend in a shared module of its own, loaded when a program asks for it, so that no program
// links what few machines have (drivers, toolkits).
//
// A module exports, with C linkage and default visibility:
//   const char* slicecast_backend_module_version();  // returns backend_module_version()
//   void slicecast_backend_module(const BackendRequest&, Result<const Backend*>* answer);
// The second makes a backend that lives as long as the program, or says in one line with its remedy
// why there is none: unavailable (driver, card), not_found (that device), resource_exhausted (too
// little free memory). Further entries are named by the headers of what they make.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "common/recon/backend.h"

namespace slicecast::recon {

// Of the headers that this one and common/nn/msd/card_network.h include, as they were compiled: a
// digest that the build makes of them (cmake/backend_version.cmake), so that a module of other
// sources is refused rather than called.
const char* backend_module_version();

using BackendModuleVersion = const char* (*)();
using BackendModuleEntry = void (*)(const BackendRequest&, Result<const Backend*>*);

// Where the module of `backend` ("cuda") is: the environment variable SLICECAST_CUDA_MODULE, or
// libslicecast_cuda.so in ../lib beside this program's folder or in that folder itself.
std::filesystem::path backend_module_path(const std::string& backend);

// A module of this version, loaded once and never unloaded. Copies are cheap.
class BackendModule {
 public:
  // unsupported: there is no such file; unavailable: it cannot be loaded, or is of another version.
  static Result<BackendModule> load(const std::filesystem::path& path);
  template <class Function>
  Result<Function> entry(const char* name) const {
    const auto found = symbol(name);
    if (!found) return found.error();
    return reinterpret_cast<Function>(*found);
  }

 private:
  BackendModule(std::filesystem::path path, void* handle)
      : path_(std::move(path)), handle_(handle) {}
  Result<void*> symbol(const char* name) const;  // unavailable: it has none
  std::filesystem::path path_;
  void* handle_;
};

// Loads the module at `path` and asks it for a backend.
Result<const Backend*> load_backend(const std::filesystem::path& path,
                                    const BackendRequest& request);

}  // namespace slicecast::recon
