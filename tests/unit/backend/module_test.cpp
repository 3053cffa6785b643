// Backends in modules: what is refused, what is loaded.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/recon/backend_module.h"
#include "tests/unit/backend/failing_backend.h"

using namespace slicecast;
using namespace slicecast::recon;
namespace fs = std::filesystem;

namespace {

const fs::path kModules = SLICECAST_MODULES;

Result<const Backend*> loaded(const char* file, BackendRequest request = {.name = "cuda"}) {
  return load_backend(kModules / file, request);
}

void use_module(const fs::path& path) {
  REQUIRE(setenv("SLICECAST_CUDA_MODULE", path.c_str(), 1) == 0);
}

}  // namespace

TEST_CASE("A module that is not there is named, with what to do") {
  const auto backend = loaded("libslicecast_nothing.so");
  REQUIRE_FALSE(backend);
  CHECK(backend.error().code == Errc::unsupported);
  CHECK(backend.error().message.find("libslicecast_nothing.so is not there") == 0);
  CHECK(backend.error().message.find("SLICECAST_CUDA_MODULE") != std::string::npos);
}

TEST_CASE("A file that is no module is refused in one line") {
  const fs::path file = fs::temp_directory_path() / "slicecast-no-module.so";
  std::ofstream(file) << "text";
  const auto backend = load_backend(file, {.name = "cuda"});
  fs::remove(file);
  REQUIRE_FALSE(backend);
  CHECK(backend.error().code == Errc::unavailable);
  CHECK(backend.error().message.find('\n') == std::string::npos);
}

TEST_CASE("A module of another version is never called") {
  const auto backend = loaded("libslicecast_outdated_module.so");
  REQUIRE_FALSE(backend);
  CHECK(backend.error().message.find("another version") != std::string::npos);
}

TEST_CASE("A module says itself why it has no backend") {
  REQUIRE(setenv("SLICECAST_TEST_CARD", "absent", 1) == 0);
  const auto absent = loaded("libslicecast_failing_module.so");
  REQUIRE(unsetenv("SLICECAST_TEST_CARD") == 0);
  REQUIRE_FALSE(absent);
  CHECK(absent.error().message == "there is no card; put one in");
  const auto elsewhere =
      loaded("libslicecast_failing_module.so", {.name = "cuda", .device = "GPU-7"});
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().code == Errc::not_found);
}

TEST_CASE("A module that is named in the environment is what auto takes first") {
  use_module(kModules / "libslicecast_failing_module.so");
  const auto backend = find_backend("auto");
  REQUIRE(backend);
  CHECK((*backend)->name() == "cuda");
  CHECK(*find_backend(BackendRequest{.name = "cuda"}) == *backend);
  CHECK((*find_backend("cpu"))->name() == "cpu");
}

TEST_CASE("Without a usable module auto is cpu, and cuda says why not") {
  use_module(kModules / "libslicecast_outdated_module.so");
  CHECK((*find_backend("auto"))->name() == "cpu");
  CHECK(find_backend("cuda").error().code == Errc::unavailable);
}

TEST_CASE("A module that nobody names is looked for beside the programs") {
  REQUIRE(unsetenv("SLICECAST_CUDA_MODULE") == 0);
  const fs::path path = backend_module_path("cuda");
  CHECK(path.filename() == "libslicecast_cuda.so");
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  CHECK((path.parent_path() == folder || path.parent_path() == folder.parent_path() / "lib"));
}
