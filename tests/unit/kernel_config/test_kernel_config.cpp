// What a kernel configuration refuses, and that it survives its file.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/recon/kernel_config.h"

using namespace slicecast;
using namespace slicecast::recon;

namespace {

std::string refusal_of(const std::string& text) {
  const auto config = parse_kernel_config(text);
  return config ? "" : config.error().message;
}
std::string unfit(const CudaKernels& kernels, const KernelLimits& limits = {"card 0"}) {
  const auto good = validate(kernels, limits);
  return good ? "" : good.error().message;
}

}  // namespace

TEST_CASE("what is no knob, no value or out of range is refused with its line") {
  CHECK_THAT(refusal_of("tile_updates = 5000"), Catch::Contains("line 1: no knob 'tile_updates'"));
  CHECK_THAT(refusal_of("[gpu]"), Catch::Contains("no table [gpu]"));
  CHECK_THAT(refusal_of("\n[cuda]\nblock_rows"), Catch::Contains("line 3"));
  CHECK_THAT(refusal_of("[cuda]\nblock_rows = -8"), Catch::Contains("whole number"));
  CHECK_THAT(refusal_of("[cuda]\nblock_rows = 99999999999999999999"),
             Catch::Contains("whole number"));
  CHECK_THAT(refusal_of("[cuda]\nblock_rows = 12"), Catch::Contains("power of two"));
  CHECK_THAT(refusal_of("[cuda]\nblock_rows = 2048"), Catch::Contains("from 1 to 1024"));
  CHECK_THAT(refusal_of("[cuda]\nsampling = \"magic\""), Catch::Contains("\"quads\""));
  CHECK_THAT(refusal_of("[cuda]\nsampling = quads"), Catch::Contains("is one of"));
  CHECK_THAT(refusal_of("[cpu]\nthreads = 2\nthreads = 2"), Catch::Contains("given twice"));
  for (const char* no_file : {"/nowhere/kernels.toml", "/", "/dev/zero"})
    CHECK_FALSE(read_kernel_config(no_file));
}

TEST_CASE("a configuration that does not fit the device is refused by what it lacks") {
  CHECK(unfit(CudaKernels{}).empty());
  CHECK_THAT(unfit({.block_columns = 64, .block_rows = 8}), Catch::Contains("512 threads"));
  CHECK_THAT(unfit({.block_columns = 4, .block_rows = 4}), Catch::Contains("16 threads"));
  CHECK_THAT(unfit({.block_columns = 8, .block_rows = 8, .warp_columns = 16}),
             Catch::Contains("do not fit"));
  CHECK_THAT(unfit({.block_columns = 64, .block_rows = 1, .warp_columns = 8}),
             Catch::Contains("do not fit"));
  CHECK_THAT(unfit({}, {.device = "card 3", .threads_per_block = 128}), Catch::Contains("card 3"));
  CHECK_THAT(unfit({.terms_per_turn = 1024}), Catch::Contains("shared memory"));
  CHECK_THAT(unfit({.points_per_thread = 3}), Catch::Contains("power of two"));
}

TEST_CASE("every knob survives its file, and what a file leaves out keeps its default") {
  KernelConfig config;
  for (const Knob& knob : kernel_knobs()) {
    const long long changed = knob.get(config) == knob.least ? knob.most : knob.least;
    knob.set(config, changed);
    CHECK(knob.get(config) == changed);
  }
  CHECK_FALSE(config == KernelConfig{});
  const auto path = std::filesystem::temp_directory_path() / "slicecast-kernel-config-test.toml";
  REQUIRE(write_kernel_config(path, config));
  const auto back = read_kernel_config(path);
  REQUIRE(static_cast<bool>(back));
  CHECK(*back == config);
  std::filesystem::remove(path);

  const auto some = parse_kernel_config("# tuned\n[cuda]\r\nsampling = \"gather\" # best\n");
  REQUIRE(static_cast<bool>(some));
  KernelConfig expected;
  expected.cuda.sampling = Sampling::gather;
  CHECK(*some == expected);
}

TEST_CASE("a written configuration names itself to people") {
  const std::string text = kernel_config_text({});
  for (const Knob& knob : kernel_knobs()) {
    CHECK_THAT(text, Catch::Contains(std::string(knob.name) + " = "));
    CHECK_THAT(text, Catch::Contains(std::string(knob.doc)));
  }
}
