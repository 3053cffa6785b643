// Models whose mixed-scale dense network is put on a card, which here is a class of the test.
#include <algorithm>
#include <cmath>

#include "common/nn/graph/model.h"
#include "common/nn/graph/msd_graph.h"
#include "common/nn/graph/tomogan.h"
#include "common/nn/msd/random_network.h"
#include "common/nn/msd/reference.h"

using namespace slicecast;

namespace {

constexpr int kCardRows = 9, kCardColumns = 11;
constexpr std::size_t kCardPixels = std::size_t{kCardRows} * kCardColumns;

// Computes by the definition; lost after so many images.
class TestCard final : public nn::msd::CardNetwork {
 public:
  TestCard(nn::msd::Network network, int images, int* done)
      : network_(std::move(network)), images_(images), done_(done) {}
  Result<void> run(std::span<const ImageView<const float>> channels,
                   std::span<float> outputs) override {
    if (*done_ >= images_) return Error{Errc::unavailable, "the card was lost; restart"};
    ++*done_;
    std::ranges::transform(nn::msd::run_reference(network_, channels), outputs.begin(),
                           [](double value) { return static_cast<float>(value); });
    return {};
  }
  Result<void> run_labels(std::span<const ImageView<const float>> channels,
                          std::span<std::uint8_t> labels) override {
    if (*done_ >= images_) return Error{Errc::unavailable, "the card was lost; restart"};
    ++*done_;
    auto as_labels = network_;
    as_labels.output = nn::msd::Output::arg_max;
    std::ranges::transform(nn::msd::run_reference(as_labels, channels), labels.begin(),
                           [](double value) { return static_cast<std::uint8_t>(value); });
    return {};
  }

 private:
  const nn::msd::Network network_;
  const int images_;
  int* const done_;
};

nn::msd::CardNetworkMaker card_for(int images, int* done) {
  return [images, done](const nn::msd::Network& network) -> nn::msd::CardNetworkResult {
    return std::unique_ptr<nn::msd::CardNetwork>(std::make_unique<TestCard>(network, images, done));
  };
}

nn::msd::CardNetworkResult no_card(const nn::msd::Network&) {
  return Error{Errc::unavailable, "no driver; install one"};
}

nn::Graph small_network(nn::msd::Border border = nn::msd::Border::symmetric) {
  auto network = nn::msd::random_network({.inputs = 2, .layers = 6, .outputs = 3, .dilations = 3});
  network.border = border;
  return nn::msd_graph(network);
}

std::vector<std::vector<float>> images_of(std::size_t count) {
  std::vector<std::vector<float>> images(count, std::vector<float>(2 * kCardPixels));
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t i = 0; i < images[k].size(); ++i)
      images[k][i] = std::sin(static_cast<float>(i + 100 * k));
  return images;
}

void require_as_plain(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(std::abs(a[i] - b[i]) < 1e-5F);
}

}  // namespace

TEST_CASE("who insists on a card is refused without one, in its own words") {
  const auto nowhere = nn::Model::from_graph(small_network(), {"msd_cuda"});
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == Errc::unsupported);
  const auto absent = nn::Model::from_graph(small_network(), {"msd_cuda", no_card});
  REQUIRE_FALSE(absent);
  CHECK(absent.error().message == "no driver; install one");
  int done = 0;
  CHECK_FALSE(nn::Model::from_graph(nn::make_tomogan(1), {"msd_cuda", card_for(1, &done)}));
}

TEST_CASE("without a card the processor computes, and says once why") {
  const auto model = nn::Model::from_graph(small_network(), {"auto", no_card});
  REQUIRE(model);
  CHECK(model->executor() == "msd");
  CHECK(model->take_card_failure() == "no driver; install one");
  CHECK(model->take_card_failure().empty());
}

TEST_CASE("a card is asked only by those who may use it") {
  int done = 0;
  for (const char* executor : {"cpu", "msd", "reference"}) {
    const auto model = nn::Model::from_graph(small_network(nn::msd::Border::zeros),
                                             {executor, card_for(9, &done)});
    REQUIRE(model);
    REQUIRE(model->run(images_of(1)[0], kCardRows, kCardColumns, 1));
  }
  CHECK(done == 0);
}

TEST_CASE("a card that is lost is given up within a batch, and every answer is right") {
  int done = 0;
  const auto card = nn::Model::from_graph(small_network(), {"auto", card_for(5, &done)});
  const auto plain = nn::Model::from_graph(small_network(), {"cpu"});
  REQUIRE((card && plain));
  CHECK(card->executor() == "msd_cuda");
  const auto images = images_of(3);
  const std::vector<std::span<const float>> views(images.begin(), images.end());
  for (int run = 0; run < 3; ++run) {
    const auto found = card->run_batch(views, kCardRows, kCardColumns, 2);
    const auto wanted = plain->run_batch(views, kCardRows, kCardColumns, 2);
    REQUIRE((found && wanted));
    for (std::size_t k = 0; k < 3; ++k) require_as_plain((*found)[k].values, (*wanted)[k].values);
    CHECK(card->executor() == (run == 0 ? "msd_cuda" : "msd"));
    CHECK(card->take_card_failure() == (run == 1 ? "the card was lost; restart" : ""));
  }
  CHECK(done == 5);
}

TEST_CASE("labels come from the card too, and from the processor once it is lost") {
  int done = 0;
  const auto card = nn::Model::from_graph(small_network(), {"auto", card_for(1, &done)});
  const auto plain = nn::Model::from_graph(small_network(), {"cpu"});
  REQUIRE((card && plain));
  const auto images = images_of(1);
  for (int run = 0; run < 2; ++run) {
    const auto found = card->run_labels(images[0], kCardRows, kCardColumns, 1);
    const auto wanted = plain->run_labels(images[0], kCardRows, kCardColumns, 1);
    REQUIRE((found && wanted));
    CHECK(*found == *wanted);
  }
  CHECK(done == 1);
  CHECK(card->executor() == "msd");
}
