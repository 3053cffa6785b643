// The options of what computes: what is refused, and what they choose.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/compute/compute.h"
#include "common/config/make_option.h"

using namespace slicecast;

namespace {

config::Settings settings(const std::vector<std::pair<std::string, std::string>>& values = {}) {
  std::vector<config::Option> options = compute::options();
  options.push_back(config::choice("store", "half", {"half", "float"}, "store"));
  options.push_back(config::whole("threads", 0, "", 0, 1024, "threads"));
  config::Settings made(options);
  for (const auto& [name, value] : values) REQUIRE(made.set_text(name, value));
  return made;
}

// A file of kernel parameters that goes with the test.
struct KernelFile {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("kernels-" + std::to_string(getpid()) + ".toml");
  explicit KernelFile(const std::string& text) { std::ofstream(path) << text; }
  ~KernelFile() { std::filesystem::remove(path); }
};

void without_module() {
  REQUIRE(setenv("SLICECAST_CUDA_MODULE", "/nonexistent/libslicecast_cuda.so", 1) == 0);
}

}  // namespace

TEST_CASE("A backend that nobody knows is refused with the known ones") {
  config::Settings made = settings();
  const auto set = made.set_text("backend", "vulkan");
  REQUIRE_FALSE(set);
  CHECK(set.error().message.find("auto, cuda, cpu, reference") != std::string::npos);
}

TEST_CASE("What cannot name a device is refused with examples") {
  for (const char* device : {"first", "0,", ",", "0,,1", "GPU-", "all,0", "0;1"}) {
    const auto request = compute::request_of(settings({{"device", device}}));
    REQUIRE_FALSE(request);
    CHECK(request.error().message.find("write e.g.") != std::string::npos);
  }
}

TEST_CASE("Kernel parameters that are not there or out of range are refused") {
  CHECK(compute::request_of(settings({{"kernel_config", "/nonexistent/kernels.toml"}}))
            .error()
            .code == Errc::not_found);
  const KernelFile wrong("[cpu]\nprefetch_distance = 24\n");
  const auto request = compute::request_of(settings({{"kernel_config", wrong.path.string()}}));
  REQUIRE_FALSE(request);
  CHECK(request.error().message.find("power of two") != std::string::npos);
}

TEST_CASE("Indices, UUIDs, how they begin, lists and all name devices") {
  for (const char* device : {"", "0", "12", "GPU-5f0c", "5f0c12ab-", "0,1", "0,GPU-5f", "all"})
    CHECK(compute::request_of(settings({{"device", device}}))->device == device);
}

TEST_CASE("A card that was asked for and is not there is counted, one that auto missed is not") {
  without_module();
  metrics::Registry asked("test", "0");
  const auto by_name = compute::choose(settings({{"backend", "cuda"}}), asked);
  REQUIRE(by_name);
  CHECK(by_name->backend->name() == "cpu");
  CHECK(asked.gauges().at("slicecast_backend_fallbacks_total") == 1);
  metrics::Registry any("test", "0");
  REQUIRE(compute::choose(settings(), any));
  CHECK(any.gauges().at("slicecast_backend_fallbacks_total") == 0);
}

TEST_CASE("Options come before kernel parameters, and those before what the program decides") {
  without_module();
  const KernelFile tuned("[cpu]\nthreads = 3\nstore = \"float\"\n");
  const std::string file = tuned.path.string();
  metrics::Registry registry("test", "0");
  const auto chosen = [&](std::vector<std::pair<std::string, std::string>> values) {
    return compute::choose(settings(values), registry);
  };
  CHECK(chosen({})->store == recon::StoreType::half_precision);
  CHECK(chosen({})->threads >= 1);
  CHECK(chosen({{"kernel_config", file}})->store == recon::StoreType::single_precision);
  CHECK(chosen({{"kernel_config", file}})->threads == 3);
  const auto given = chosen({{"kernel_config", file}, {"store", "half"}, {"threads", "5"}});
  CHECK(given->store == recon::StoreType::half_precision);
  CHECK(given->threads == 5);
}

TEST_CASE("Kernel parameters cut tiles and sections without changing a sum") {
  recon::BackendRequest tuned{.name = "cpu"};
  tuned.kernels.cpu.tile_updates = 100'000'000;
  const auto plain = recon::find_backend("cpu"), large = recon::find_backend(tuned);
  tuned.kernels.cpu.prefetch_distance = 16;
  const auto near = recon::find_backend(tuned);
  REQUIRE(large);
  REQUIRE(near);
  CHECK(*large != *plain);
  CHECK(*recon::find_backend(tuned) == *near);

  std::vector<float> pixels(37 * 53);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i * 7 % 101);
  recon::Term term;
  term.matrix = {{0.7, 0.3, 0.2, 20, 0.1, -0.2, 0.8, 15, 0.001, 0.002, 0, 1}};
  term.weight = 0.5f;
  geometry::PointGrid grid;
  grid.rows = 90;
  grid.columns = 110;
  grid.origin = {-20, -18, 0};
  grid.step_column = {0.4, 0, 0.1};
  grid.step_row = {0, 0.4, 0.1};
  const auto sum = [&](const recon::Backend& backend) {
    term.image =
        backend.store({pixels.data(), 37, 53}, recon::StoreType::single_precision, 1, nullptr);
    std::vector<float> out(90 * 110);
    backend.make_backproject()->accumulate(grid, 0, 0, 90, {&term, 1}, {out.data(), 90, 110});
    return out;
  };
  CHECK(sum(**plain) == sum(**near));
  CHECK((*large)->make_backproject()->tile_rows(grid, 60) == 90);
  CHECK((*plain)->make_backproject()->tile_rows(grid, 600) < 90);
}
