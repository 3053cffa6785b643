#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>

#include "plugins/segmentation/training/network_finder.h"

using namespace slicecast;
using namespace slicecast::training;

namespace {

const std::string kModels = SLICECAST_SOURCES "/plugins/segmentation/models";

const nn::Model& shipped() {
  static const auto model = nn::Model::load(kModels + "/gel.onnx");
  REQUIRE(model);
  return *model;
}

// The last two columns of the text's line that begins with `method`.
std::pair<double, double> stated(const std::string& text, const std::string& method) {
  const auto line = text.find("\n| " + method + " |");
  REQUIRE(line != std::string::npos);
  std::istringstream words(text.substr(line + method.size() + 5));
  double random = 0, axis_aligned = 0;
  char bar = 0;
  words >> random >> bar >> axis_aligned;
  REQUIRE(words);
  return {random, axis_aligned};
}

}  // namespace

TEST_CASE("A network that knows no bubbles is not scored") {
  std::ifstream file(kModels + "/gel.onnx", std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const auto at = bytes.find("container,bubble");
  REQUIRE(at != std::string::npos);
  bytes.replace(at + 10, 6, "rabbit");
  const auto other = nn::Model::load(std::as_bytes(std::span(bytes)));
  REQUIRE(other);
  const auto finder = finder_of(*other);
  REQUIRE_FALSE(finder);
  CHECK(finder.error().code == Errc::invalid_argument);
}

TEST_CASE("The shipped network is a pruned MS-D network that says what it is for") {
  const auto* network = shipped().network();
  REQUIRE(network);
  CHECK(shipped().executor() == "msd");
  CHECK(network->border == nn::msd::Border::symmetric);
  CHECK(network->edge_count() >= 10);
  CHECK(network->edge_count() <= 26);  // an eighth of the 210 of 20 layers
  const auto& card = shipped().card();
  CHECK(card.value_unit == "1/mm");
  REQUIRE(card.pixel_size_mm);
  CHECK(*card.pixel_size_mm == Approx(kSlicePixelMm).epsilon(1e-5));
  REQUIRE(card.classes.size() == 4);
  CHECK(card.classes[static_cast<std::size_t>(Label::outside)].name == "outside");
  CHECK(card.classes[static_cast<std::size_t>(Label::gel)].name == "gel");
  CHECK(card.classes[static_cast<std::size_t>(Label::container)].name == "container");
  CHECK(card.classes[static_cast<std::size_t>(Label::bubble)].name == "bubble");
  CHECK_FALSE(card.licence.empty());
  CHECK_FALSE(card.provenance.empty());
}

TEST_CASE("On scans by which nothing was chosen the network finds bubbles better than Otsu") {
  const auto slices = held_out();
  REQUIRE(slices);
  const auto finder = finder_of(shipped());
  REQUIRE(finder);
  const auto random = scores_of(slices->random, *finder);
  const auto axis_aligned = scores_of(slices->axis_aligned, *finder);
  REQUIRE(random);
  REQUIRE(axis_aligned);
  UNSCOPED_INFO(table_of(*random, *axis_aligned));
  CHECK(random->network >= random->roi_otsu);
  CHECK(random->network >= random->otsu);
  CHECK(random->network >= random->fixed_threshold);
  CHECK(axis_aligned->network >= axis_aligned->roi_otsu);
  CHECK(random->network > 0.85);
  CHECK(axis_aligned->network > 0.85);

  for (const char* path :
       {"plugins/segmentation/models/gel.md", "docs/explanation/gel-network.md"}) {
    std::ifstream file(std::string(SLICECAST_SOURCES) + "/" + path);
    std::stringstream text;
    text << file.rdbuf();
    REQUIRE(file);
    const auto holds = [&](const std::string& method, double on_random, double on_axis_aligned) {
      INFO(path << ", " << method << "; renew it with slicecast-training-score");
      const auto [of_random, of_axis_aligned] = stated(text.str(), method);
      CHECK(of_random == Approx(on_random).margin(0.004));
      CHECK(of_axis_aligned == Approx(on_axis_aligned).margin(0.004));
    };
    holds("this network", random->network, axis_aligned->network);
    holds("Otsu", random->otsu, axis_aligned->otsu);
    holds("Otsu within the gel's cylinder", random->roi_otsu, axis_aligned->roi_otsu);
    holds("half of the gel's attenuation within that cylinder", random->fixed_threshold,
          axis_aligned->fixed_threshold);
  }
}
