// A backend in a shared module of its own, loaded when a program asks for it, so that no program
// links what few machines have (drivers, toolkits).
//
// A module exports, with C linkage and default visibility:
//   const char* slicecast_backend_module_version();  // returns kBackendModuleVersion
//   void slicecast_backend_module(const BackendRequest&, Result<const Backend*>* answer);
// The second makes a backend that lives as long as the program, or says in one line with its remedy
// why there is none: unavailable (driver, card), not_found (that device), resource_exhausted (too
// little free memory).
#pragma once

#include <filesystem>
#include <string>

#include "common/recon/backend.h"

namespace slicecast::recon {

// Of this header, backend.h and processing.h as the module has seen them: raised whenever one of
// them changes, so that a module left over from another build is refused rather than called.
inline constexpr const char* kBackendModuleVersion = "slicecast backend 1";

using BackendModuleVersion = const char* (*)();
using BackendModuleEntry = void (*)(const BackendRequest&, Result<const Backend*>*);

// Where the module of `backend` ("cuda") is: the environment variable SLICECAST_CUDA_MODULE, or
// libslicecast_cuda.so in ../lib beside this program's folder or in that folder itself.
std::filesystem::path backend_module_path(const std::string& backend);

// Loads the module at `path` and asks it for a backend. It is never unloaded.
Result<const Backend*> load_backend(const std::filesystem::path& path,
                                    const BackendRequest& request);

}  // namespace slicecast::recon
