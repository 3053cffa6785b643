#include <catch2/catch.hpp>
#include <cmath>

#include "common/nn/msd/reference.h"
#include "tests/unit/nn_msd/check_vector.h"

namespace slicecast::nn::msd {
namespace {

double reference_difference(const std::string& file, bool regression) {
  const auto check = read_check_vector(file, regression);
  if (!check) return 0;
  const ImageView<const float> image(check->input.data(), check->rows, check->columns);
  const auto values = run_reference(check->network, {&image, 1});
  REQUIRE(values.size() == check->output.size());
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    worst = std::max(worst, std::abs(values[i] - static_cast<double>(check->output[i])));
  return worst;
}

}  // namespace

TEST_CASE("the reference computes the trained, pruned and dense, networks' check vectors") {
  CHECK(reference_difference("ml/lean_msd/chk_lean5.bin", false) < 5e-5);
  CHECK(reference_difference("ml/lean_msd/chk_dense.bin", false) < 5e-5);
}

TEST_CASE("one layer adds its edge with the image continued as the border mode says") {
  const std::vector<float> row{1, 2, 3};
  const ImageView<const float> image(row.data(), 1, 3);
  Network network;
  network.border = GENERATE(Border::symmetric, Border::reflect, Border::replicate, Border::zeros);
  // Left neighbour at distance 2 only.
  network.layers = {{2, 0.5f, {{0, {0, 0, 0, 1, 0, 0, 0, 0, 0}}}}};
  network.final_weights = {0, 1};
  network.final_biases = {0};
  const auto values = run_reference(network, {&image, 1});
  switch (network.border) {
    case Border::symmetric: CHECK(values == std::vector<double>{2.5, 1.5, 1.5}); break;
    case Border::reflect: CHECK(values == std::vector<double>{3.5, 2.5, 1.5}); break;
    case Border::replicate: CHECK(values == std::vector<double>{1.5, 1.5, 1.5}); break;
    case Border::zeros: CHECK(values == std::vector<double>{0.5, 0.5, 1.5}); break;
  }
}

TEST_CASE("the reference's softmax, log-softmax and labels follow from its linear output") {
  const float pixel = 2;
  const ImageView<const float> image(&pixel, 1, 1);
  Network network;
  network.outputs = 3;
  network.final_weights = {0, 1, 0.5f};
  network.final_biases = {1, 0, 0};
  network.scale_out = {{1, 0}, {2, -1}, {1, 2}};  // 1, 3, 3
  const double total = std::exp(1.0) + 2 * std::exp(3.0);
  network.output = Output::softmax;
  CHECK(run_reference(network, {&image, 1})[1] == Approx(std::exp(3.0) / total));
  network.output = Output::log_softmax;
  CHECK(run_reference(network, {&image, 1})[0] == Approx(1 - std::log(total)));
  network.output = Output::arg_max;
  CHECK(run_reference(network, {&image, 1}) == std::vector<double>{1});
}

}  // namespace slicecast::nn::msd
