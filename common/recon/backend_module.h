// A backend in a shared module of its own, loaded when a program asks for it, so that no program
// links what few machines have (drivers, toolkits).
//
// A module exports, with C linkage and default visibility:
//   const char* slicecast_backend_module_version();  // returns backend_module_version()
//   void slicecast_backend_module(const BackendRequest&, Result<const Backend*>* answer);
// The second makes a backend that lives as long as the program, or says in one line with its remedy
// why there is none: unavailable (driver, card), not_found (that device), resource_exhausted (too
// little free memory).
#pragma once

#include <filesystem>
#include <string>

#include "common/recon/backend.h"

namespace slicecast::recon {

// Of the headers that this one includes, as they were compiled: a digest that the build makes of
// them (cmake/backend_version.cmake), so that a module of other sources is refused rather than
// called.
const char* backend_module_version();

using BackendModuleVersion = const char* (*)();
using BackendModuleEntry = void (*)(const BackendRequest&, Result<const Backend*>*);

// Where the module of `backend` ("cuda") is: the environment variable SLICECAST_CUDA_MODULE, or
// libslicecast_cuda.so in ../lib beside this program's folder or in that folder itself.
std::filesystem::path backend_module_path(const std::string& backend);

// Loads the module at `path` and asks it for a backend. It is never unloaded.
Result<const Backend*> load_backend(const std::filesystem::path& path,
                                    const BackendRequest& request);

}  // namespace slicecast::recon
