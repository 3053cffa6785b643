#include <tbb/task_arena.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <iterator>
#include <limits>

#include "common/nn/msd/engine.h"
#include "common/nn/msd/random_network.h"
#include "common/nn/msd/reference.h"
#include "tests/unit/nn_msd/check_vector.h"
#include "tests/unit/nn_msd/images.h"

namespace slicecast::nn::msd {
namespace {

using recon::available_simd_targets;

double engine_difference(const std::string& file, bool regression, int threads) {
  const auto check = read_check_vector(file, regression);
  if (!check) return 0;
  Images<float> input(1, check->rows, check->columns);
  input.pixels = check->input;
  input.views = {{input.pixels.data(), check->rows, check->columns}};
  return difference(run_engine(check->network, input, threads).pixels,
                    {check->output.begin(), check->output.end()}) *
         std::max(1.0f, *std::ranges::max_element(check->output));
}

std::string refusal(const Result<void>& result) {
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("an engine refuses a broken network, wrong channels and sizes, and images of labels") {
  using Catch::Matchers::Contains;
  Network network = random_network({.inputs = 2, .layers = 2, .outputs = 2});
  const auto engine = Engine::create(network);
  REQUIRE(engine);
  Workspace workspace;
  const auto input = noise(2, 4, 5);
  Images<float> output(2, 4, 5);
  const auto channels = read_only(input);
  CHECK_THAT(refusal(engine->run({channels.data(), 1}, workspace, output.views)),
             Contains("reads 2 channels"));
  CHECK_THAT(refusal(engine->run(channels, workspace, {output.views.data(), 1})),
             Contains("gives 2 images"));
  // Two slices of two channels each, with room for one.
  const auto batch = noise(4, 4, 5);
  CHECK_THAT(refusal(engine->run(read_only(batch), workspace, output.views)),
             Contains("gives 4 images"));
  Images<std::uint8_t> maps(3, 4, 5);
  CHECK_THAT(refusal(engine->run_labels(read_only(batch), workspace,
                                        std::vector(2, ImageView<std::uint8_t>{}))),
             Contains("label map is 0x0"));
  CHECK_THAT(refusal(engine->run_labels(read_only(batch), workspace, maps.views)),
             Contains("one per slice"));
  CHECK_THAT(refusal(engine->run({}, workspace, {})), Contains("0 were given"));
  Images<float> wide(2, 4, 6);
  CHECK_THAT(refusal(engine->run(channels, workspace, wide.views)), Contains("4x6"));
  const std::vector<ImageView<const float>> mixed{channels[0], wide.views[0]};
  CHECK_THAT(refusal(engine->run(mixed, workspace, output.views)), Contains("as the first input"));
  const std::vector<ImageView<const float>> empty(2);
  CHECK_THAT(refusal(engine->run(empty, workspace, output.views)), Contains("0x0"));
  CHECK_THAT(refusal(engine->run_labels(channels, workspace, {})), Contains("label map"));
  network.output = Output::arg_max;
  const auto labels = Engine::create(network);
  REQUIRE(labels);
  CHECK_THAT(refusal(labels->run(channels, workspace, output.views)), Contains("ask for labels"));
  network.layers[0].dilation = 0;
  CHECK_FALSE(Engine::create(network));
}

TEST_CASE("every instruction set agrees with the reference in all border modes on odd sizes") {
  const auto border =
      GENERATE(Border::symmetric, Border::reflect, Border::replicate, Border::zeros);
  struct Size {
    int rows, columns;
  };
  // Below the dilation, one pixel, odd, more than one tile and band, several chunks.
  for (const Size size : {Size{1, 1}, {3, 5}, {37, 61}, {7, 150}, {150, 35}})
    for (const double edges : {1.0, 0.1}) {
      Network network = random_network({.inputs = 2, .layers = 25, .outputs = 3, .edges = edges});
      network.border = border;
      network.scale_in = {{0.5f, 0.25f}, {2, -0.5f}};
      network.scale_out = {{1, 0}, {3, -1}, {0.5f, 2}};
      const auto input = noise(2, size.rows, size.columns);
      const auto expected = run_reference(network, read_only(input));
      for (const std::string& target : available_simd_targets()) {
        const OnTarget on(target);
        REQUIRE(on.available());
        INFO(target << ", " << to_string(border) << ", " << size.rows << "x" << size.columns
                    << ", share of edges " << edges);
        CHECK(difference(run_engine(network, input, 1).pixels, expected) < 1e-5);
      }
    }
}

TEST_CASE("dilations may exceed the image many times over") {
  const auto border =
      GENERATE(Border::symmetric, Border::reflect, Border::replicate, Border::zeros);
  for (const double edges : {1.0, 0.1}) {
    Network network = random_network({.layers = 24, .outputs = 1, .edges = edges});
    for (std::size_t i = 0; i < network.layers.size(); ++i)
      network.layers[i].dilation = 1 + static_cast<int>(i * 37 % 100);
    network.border = border;
    const auto input = noise(1, 19, 33);
    const auto expected = run_reference(network, read_only(input));
    for (const std::string& target : available_simd_targets()) {
      const OnTarget on(target);
      INFO(target << ", " << to_string(border) << ", share of edges " << edges);
      CHECK(difference(run_engine(network, input, 2).pixels, expected) < 1e-5);
    }
  }
}

TEST_CASE("the result does not depend on the number of threads, to the last bit") {
  for (const double edges : {1.0, 0.4, 0.05})
    // Enough rows for a chunk per thread, and too few: then threads share every step.
    for (const int rows : {400, 150}) {
      const Network network = random_network({.layers = 40, .outputs = 2, .edges = edges});
      const auto input = noise(1, rows, 35);
      const auto alone = run_engine(network, input, 1).pixels;
      CHECK(run_engine(network, input, 2).pixels == alone);
      CHECK(difference(alone, run_reference(network, read_only(input))) < 1e-5);
    }
}

TEST_CASE("slices of a batch come out as alone, to the last bit, however many threads share them") {
  struct Size {
    int slices, threads;
  };
  for (const double edges : {1.0, 0.05}) {
    Network network = random_network({.inputs = 2, .layers = 30, .outputs = 3, .edges = edges});
    network.output = Output::softmax;
    const auto engine = Engine::create(network);
    REQUIRE(engine);
    Workspace workspace;
    // Fewer slices than threads, as many, and some left over; the workspace goes along.
    for (const Size size : {Size{2, 1}, {1, 2}, {2, 2}, {5, 2}, {4, 3}, {2, 3}}) {
      INFO(size.slices << " slices, " << size.threads << " threads, share of edges " << edges);
      const int rows = 130, columns = 35;
      const auto inputs = noise(2 * size.slices, rows, columns);
      const auto channels = read_only(inputs);
      Images<float> outputs(3 * size.slices, rows, columns);
      Images<std::uint8_t> labels(size.slices, rows, columns);
      tbb::task_arena arena(size.threads);
      arena.execute([&] {
        REQUIRE(engine->run(channels, workspace, outputs.views));
        REQUIRE(engine->run_labels(channels, workspace, labels.views));
      });
      std::vector<float> expected;
      std::vector<std::uint8_t> expected_labels;
      for (std::size_t k = 0; k < labels.views.size(); ++k) {
        Images<float> slice(2, rows, columns);
        std::copy_n(inputs.views[2 * k].pixels, slice.pixels.size(), slice.pixels.begin());
        std::ranges::copy(run_engine(network, slice, 1).pixels, std::back_inserter(expected));
        std::ranges::copy(run_engine_labels(network, slice, 1).pixels,
                          std::back_inserter(expected_labels));
      }
      CHECK(outputs.pixels == expected);
      CHECK(labels.pixels == expected_labels);
    }
  }
}

TEST_CASE("every instruction set computes softmax, log-softmax and labels of any channel count") {
  for (const int outputs : {1, 2, 3, 4, 5, 6, 9}) {
    Network network = random_network({.layers = 6, .outputs = outputs});
    for (float& weight : network.final_weights) weight *= 8;
    const auto input = noise(1, 9, 37);
    for (const std::string& target : available_simd_targets()) {
      const OnTarget on(target);
      INFO(target << ", " << outputs << " outputs");
      for (const Output kind : {Output::softmax, Output::log_softmax}) {
        network.output = kind;
        CHECK(difference(run_engine(network, input, 1).pixels,
                         run_reference(network, read_only(input))) < 1e-5);
      }
      network.output = Output::arg_max;
      const auto labels = run_engine_labels(network, input, 1).pixels;
      const auto expected = run_reference(network, read_only(input));
      CHECK(std::vector<double>(labels.begin(), labels.end()) == expected);
      network.output = Output::softmax;
      CHECK(run_engine_labels(network, input, 1).pixels == labels);
    }
  }
}

TEST_CASE("a workspace serves other networks and sizes, and keeps what it has grown to") {
  Workspace workspace;
  std::size_t bytes = 0;
  for (const int size : {40, 8, 40}) {
    const Network network = random_network({.layers = size / 2});
    const auto engine = Engine::create(network);
    REQUIRE(engine);
    const auto input = noise(1, size, size);
    Images<float> output(5, size, size);
    REQUIRE(engine->run(read_only(input), workspace, output.views));
    CHECK(difference(output.pixels, run_reference(network, read_only(input))) < 1e-5);
    CHECK(workspace.bytes() >= bytes);
    bytes = workspace.bytes();
  }
}

TEST_CASE("a row of not-a-number does not reach labels and rows beyond the network's reach") {
  const Network network = random_network({.layers = 4, .outputs = 2});  // reaches 10 rows
  auto input = noise(1, 64, 64);
  const auto clean = run_engine(network, input, 1);
  for (float& value : input.views[0].row(5)) value = std::numeric_limits<float>::quiet_NaN();
  const auto engine = Engine::create(network);
  Images<float> output(2, 64, 64);
  Workspace workspace;
  REQUIRE(engine->run(read_only(input), workspace, output.views));
  for (int r = 16; r < 64; ++r) {
    const auto row = output.views[1].row(r);
    CHECK(std::ranges::equal(row, clean.views[1].row(r)));
  }
}

TEST_CASE("every instruction set computes the trained networks' check vectors to 5e-5") {
  for (const std::string& target : available_simd_targets()) {
    const OnTarget on(target);
    INFO(target);
    CHECK(engine_difference("ml/lean_msd/chk_dense.bin", false, 2) < 5e-5);
    CHECK(engine_difference("ml/lean_msd/chk_lean5.bin", false, 2) < 5e-5);
  }
  CHECK(engine_difference("ml/noise2inverse/chk_split0.bin", true, 2) < 5e-5);
}

}  // namespace slicecast::nn::msd
