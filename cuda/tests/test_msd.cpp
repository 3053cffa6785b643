// MS-D networks on the card against their definition.
#include <algorithm>
#include <cmath>
#include <random>

#include "common/nn/msd/random_network.h"
#include "common/nn/msd/reference.h"
#include "cuda/nn/msd_network.h"
#include "cuda/tests/card.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;
using namespace slicecast::nn::msd;

namespace {

std::unique_ptr<MsdOnCard> on_card(const Network& network) {
  return taken(MsdOnCard::create(open_card(), network));
}

// Rows have a gap behind them, which no kernel may read.
struct Images {
  Images(int channels, int rows, int columns) {
    std::mt19937 draws(7);
    const auto stride = static_cast<std::size_t>(columns) + 3;
    for (int k = 0; k < channels; ++k) {
      auto& image = pixels.emplace_back(static_cast<std::size_t>(rows) * stride, NAN);
      for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c)
          image[static_cast<std::size_t>(r) * stride + static_cast<std::size_t>(c)] =
              static_cast<float>(draws() % 2048) / 1024 - 1;
    }
    for (auto& image : pixels)
      views.emplace_back(image.data(), rows, columns, static_cast<std::ptrdiff_t>(stride));
  }
  std::vector<std::vector<float>> pixels;
  std::vector<ImageView<const float>> views;
};

void check_equal(const Network& network, int rows, int columns) {
  CAPTURE(to_string(network.border), static_cast<int>(network.output), rows, columns);
  const Images images(network.inputs, rows, columns);
  const auto expected = run_reference(network, images.views);
  const auto made = on_card(network);
  double most = 0, error = 0;
  if (network.output == nn::msd::Output::arg_max) {
    std::vector<std::uint8_t> labels(expected.size());
    check_done(made->run_labels(images.views, labels));
    // Scores that agree to the last bit but one may change places.
    std::size_t other = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) other += labels[i] != expected[i] ? 1 : 0;
    CHECK(other <= expected.size() / 1000);
    return;
  }
  std::vector<float> values(expected.size());
  check_done(made->run(images.views, values));
  for (std::size_t i = 0; i < values.size(); ++i) {
    most = std::max(most, std::abs(expected[i]));
    error = std::max(error, std::abs(values[i] - expected[i]));
  }
  CHECK(error <= 1e-5 * most);
}

Network small(double edges = 1) {
  Network network = random_network({.inputs = 2, .layers = 12, .outputs = 3, .edges = edges});
  network.scale_in = {{2, -0.5F}, {0.5F, 0.25F}};
  return network;
}

}  // namespace

TEST_CASE("what is no network, or no image for it, is refused by the card") {
  Network wrong = small();
  wrong.layers[2].edges[0].source = 9;
  CHECK_FALSE(MsdOnCard::create(open_card(), wrong));
  const auto made = on_card(small());
  const Images two(2, 5, 6), one(1, 5, 6);
  std::vector<float> values(90);
  std::vector<std::uint8_t> labels(30);
  CHECK_FALSE(made->run(one.views, values));
  CHECK_FALSE(made->run(two.views, std::span(values).first(60)));
  CHECK_FALSE(made->run_labels(two.views, std::span(labels).first(29)));
  check_done(made->run(two.views, values));
  Network labelled = small();
  labelled.output = nn::msd::Output::arg_max;
  CHECK_FALSE(on_card(labelled)->run(two.views, values));
}

TEST_CASE("a card reads beyond the image what the border modes say, however far outside") {
  for (const Border border : {Border::symmetric, Border::reflect, Border::replicate, Border::zeros})
    for (int size = 1; size < 9; ++size)
      for (int position = -40; position < 40; ++position) {
        CAPTURE(to_string(border), size, position);
        REQUIRE(msd_position(border, position, size) == border_position(border, position, size));
      }
}

TEST_CASE("a card answers as the definition with each border and each kind of output") {
  for (const Border border : {Border::symmetric, Border::reflect, Border::replicate, Border::zeros})
    for (const auto output : {nn::msd::Output::linear, nn::msd::Output::softmax,
                              nn::msd::Output::log_softmax, nn::msd::Output::arg_max}) {
      Network network = small();
      network.border = border;
      network.output = output;
      if (output == nn::msd::Output::linear) network.scale_out = {{3, 1}, {-1, 0}, {0.1F, 2}};
      check_equal(network, 23, 41);
    }
}

TEST_CASE("a card answers as the definition for pruned networks, small images and many classes") {
  check_equal(small(0.1), 37, 29);
  check_equal(small(), 1, 7);
  check_equal(small(), 3, 2);
  Network constant = small();
  constant.layers[4].edges.clear();
  constant.layers[4].bias = 0.75F;
  check_equal(constant, 16, 16);
  check_equal(random_network({.layers = 6, .outputs = 19}), 12, 31);
  check_equal(random_network({.layers = 30, .outputs = 5}), 40, 64);
}

TEST_CASE("a network on a card takes images of one size after another") {
  const Network network = small();
  const auto made = on_card(network);
  for (const auto& [rows, columns] : {std::pair{8, 9}, {20, 30}, {5, 4}}) {
    const Images images(2, rows, columns);
    std::vector<float> values(static_cast<std::size_t>(3 * rows * columns));
    check_done(made->run(images.views, values));
    const auto expected = run_reference(network, images.views);
    for (std::size_t i = 0; i < values.size(); ++i)
      REQUIRE(values[i] == Approx(expected[i]).margin(1e-5));
  }
}
