#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plugins/segmentation/segmenter.h"

using namespace slicecast;
using namespace slicecast::segment;

namespace {

constexpr int kRows = 60, kColumns = 70;
constexpr std::size_t kPixels = std::size_t{kRows} * kColumns;
const std::string kGel = std::string(SLICECAST_SOURCES) + "/plugins/segmentation/models/gel.onnx";

using Made = Result<std::shared_ptr<const Segmenter>>;

Made made(const std::vector<std::pair<const char*, std::string>>& values,
          const std::shared_ptr<const Segmenter>& former = nullptr) {
  config::Settings settings(plan_options());
  for (const auto& [name, value] : values) REQUIRE(settings.set_text(name, value));
  const auto plan = plan_of(settings);
  REQUIRE(plan);
  return Segmenter::create(*plan, 2, former);
}

// A bright disk of radius 15 on a darker ground, in a field of view of radius 30; pixels of 0.3 mm
// unless told otherwise. 0 outside of the field of view.
struct Scene {
  std::vector<float> pixels;
  Slice slice;
  explicit Scene(double pixel_mm = 0.3) {
    for (int r = 0; r < kRows; ++r) {
      for (int c = 0; c < kColumns; ++c) {
        const double radius = std::hypot(r - 29.5, c - 34.5);
        const float body = radius < 15 ? 0.03f : 0.012f;
        pixels.push_back(radius > 30 ? 0 : body + 0.001f * static_cast<float>((r * 7 + c) % 5));
      }
    }
    slice = {pixels, kRows, kColumns, {}, {}, "1/mm"};
    const double width = kColumns * pixel_mm, height = kRows * pixel_mm;
    slice.pose = geometry::Pose{{-width / 2, -height / 2, 0}, {width, 0, 0}, {0, height, 0}};
    slice.view = geometry::FieldOfView{30 * pixel_mm, -1, 1};
  }
};

int count(const std::vector<std::uint8_t>& labels, int label) {
  int number = 0;
  for (auto of : labels) number += of == label ? 1 : 0;
  return number;
}

}  // namespace

TEST_CASE("a model that is not there is refused, and a slice of another size than its labels") {
  CHECK_FALSE(made({{"method", "network"}, {"model", "no/such.onnx"}}));
  const auto otsu = made({});
  REQUIRE(otsu);
  Scene scene;
  std::vector<std::uint8_t> few(5), labels(kPixels);
  CHECK_FALSE((*otsu)->segment(scene.slice, few));
  scene.slice.rows = 0;
  CHECK_FALSE((*otsu)->segment(scene.slice, labels));
  const auto off = made({{"enabled", "off"}});
  REQUIRE(off);
  CHECK_FALSE((*off)->segment(Scene().slice, labels));
}

TEST_CASE("every method labels the field of view alone and counts what it found") {
  for (const auto& method : segmentation::methods()) {
    INFO(method.name);
    const auto segmenter = made({{"method", method.name}});
    REQUIRE(segmenter);
    const Scene scene;
    std::vector<std::uint8_t> labels(kPixels);
    const auto result = (*segmenter)->segment(scene.slice, labels);
    REQUIRE(result);
    CHECK(result->warning.empty());
    for (std::size_t i = 0; i < kPixels; ++i) CHECK((labels[i] != 0) == (scene.pixels[i] != 0));
    double total = 0;
    for (const auto& of : result->quantities) total += of.area_fraction;
    CHECK(total == Approx(1));
    CHECK(result->quantities[0].area_mm2 ==
          Approx(0.09 * static_cast<double>(result->quantities[0].pixels)));
    CHECK((*segmenter)->classes().size() == result->quantities.size());
  }
}

TEST_CASE("without a pose what is 0 is outside of the field of view, and a region is refused") {
  Scene scene;
  scene.slice.pose.reset();
  std::vector<std::uint8_t> labels(kPixels);
  auto segmenter = made({});
  REQUIRE(segmenter);
  REQUIRE((*segmenter)->segment(scene.slice, labels));
  for (std::size_t i = 0; i < kPixels; ++i) CHECK((labels[i] != 0) == (scene.pixels[i] != 0));
  segmenter = made({{"roi", "on"}});
  REQUIRE(segmenter);
  const auto result = (*segmenter)->segment(scene.slice, labels);
  REQUIRE(result);
  CHECK(result->warning.find("needs the pose") != std::string::npos);
  CHECK(count(labels, 0) == static_cast<int>(kPixels));
}

TEST_CASE(
    "a region in the volume bounds the labels, and hidden classes are counted but not shown") {
  const auto segmenter = made({{"roi", "on"}, {"roi_radius", "6"}, {"hidden_classes", "2"}});
  REQUIRE(segmenter);
  const Scene scene;
  std::vector<std::uint8_t> labels(kPixels);
  const auto result = (*segmenter)->segment(scene.slice, labels);
  REQUIRE(result);
  CHECK(count(labels, 2) == 0);
  CHECK(count(labels, 1) > 0);
  CHECK(result->quantities[1].pixels >= 700);  // the disk
  CHECK(result->quantities[0].pixels + result->quantities[1].pixels ==
        Approx(M_PI * 20 * 20).epsilon(0.03));
}

TEST_CASE("a network labels slices of its scale, marks others and refuses another unit") {
  const auto segmenter = made({{"method", "network"}, {"model", kGel}});
  REQUIRE(segmenter);
  CHECK((*segmenter)->wished_pixel_mm() > 0.1);
  CHECK((*segmenter)->classes().size() >= 2);
  std::vector<std::uint8_t> labels(kPixels);
  Scene scene;
  auto result = (*segmenter)->segment(scene.slice, labels);
  REQUIRE(result);
  CHECK(result->warning.empty());
  CHECK_FALSE(result->outside_trained_scale);
  for (std::size_t i = 0; i < kPixels; ++i) CHECK((labels[i] != 0) == (scene.pixels[i] != 0));
  const Scene coarse(1.0);
  result = (*segmenter)->segment(coarse.slice, labels);
  REQUIRE(result);
  CHECK(result->outside_trained_scale);
  scene.slice.value_unit = "1/pixel";
  result = (*segmenter)->segment(scene.slice, labels);
  REQUIRE(result);
  CHECK(result->warning.find("trained on values in 1/mm") != std::string::npos);
  CHECK(count(labels, 0) == static_cast<int>(kPixels));
}

TEST_CASE("a threshold for a class that the network lacks leaves no labels and says why") {
  const auto segmenter = made({{"method", "network"},
                               {"model", kGel},
                               {"decision", "threshold"},
                               {"threshold_class", "99"}});
  REQUIRE(segmenter);
  std::vector<std::uint8_t> labels(kPixels);
  const auto result = (*segmenter)->segment(Scene().slice, labels);
  REQUIRE(result);
  CHECK(result->warning.find("threshold_class is 99") != std::string::npos);
  CHECK(count(labels, 0) == static_cast<int>(kPixels));
}

TEST_CASE("a change of another parameter keeps the network that is loaded") {
  const auto first = made({{"method", "network"}, {"model", kGel}});
  REQUIRE(first);
  const auto second =
      made({{"method", "network"}, {"model", kGel}, {"hidden_classes", "1"}}, *first);
  REQUIRE(second);
  CHECK((*second)->loaded() == (*first)->loaded());
  const auto off = made({{"enabled", "off"}, {"method", "network"}, {"model", kGel}}, *second);
  REQUIRE(off);
  const auto again = made({{"method", "network"}, {"model", kGel}}, *off);
  REQUIRE(again);
  CHECK((*again)->loaded() == (*first)->loaded());
}

TEST_CASE("another method takes over from a network at once, and the network stays at hand") {
  const auto network = made({{"method", "network"}, {"model", kGel}});
  REQUIRE(network);
  const auto otsu = made({{"method", "otsu"}, {"model", kGel}}, *network);
  REQUIRE(otsu);
  const auto fresh = made({{"method", "otsu"}});
  REQUIRE(fresh);
  const Scene scene;
  std::vector<std::uint8_t> labels(kPixels), expected(kPixels);
  REQUIRE((*otsu)->segment(scene.slice, labels));
  REQUIRE((*fresh)->segment(scene.slice, expected));
  CHECK(labels == expected);
  CHECK((*otsu)->loaded() == (*network)->loaded());
}

TEST_CASE("a batch gives each slice what it gets alone, and refuses only those that are refused") {
  for (const char* method : {"network", "otsu"}) {
    INFO(method);
    const auto segmenter = made({{"method", method}, {"model", kGel}, {"hidden_classes", "1"}});
    REQUIRE(segmenter);
    // Two sizes in turn, another scale, another unit.
    std::vector<Scene> scenes;
    scenes.reserve(5);
    for (const double pixel_mm : {0.3, 0.3, 1.0, 0.3, 0.28}) scenes.emplace_back(pixel_mm);
    for (const std::size_t k : {1, 4}) {
      Slice& slice = scenes[k].slice;
      slice.rows = 50;
      slice.pixels = slice.pixels.first(std::size_t{50} * kColumns);
    }
    scenes[3].slice.value_unit = "1/pixel";
    std::vector<Slice> slices;
    std::vector<std::vector<std::uint8_t>> labels;
    for (const Scene& scene : scenes) {
      slices.push_back(scene.slice);
      labels.emplace_back(scene.slice.pixels.size(), std::uint8_t{77});
    }
    const std::vector<std::span<std::uint8_t>> maps(labels.begin(), labels.end());
    CHECK_FALSE((*segmenter)->segment(slices, std::span(maps).first(4)));
    const auto results = (*segmenter)->segment(slices, maps);
    REQUIRE(results);
    REQUIRE(results->size() == slices.size());
    for (std::size_t k = 0; k < slices.size(); ++k) {
      INFO("slice " << k);
      std::vector<std::uint8_t> alone(labels[k].size());
      const auto expected = (*segmenter)->segment(slices[k], alone);
      REQUIRE(expected);
      CHECK(labels[k] == alone);
      CHECK((*results)[k].warning == expected->warning);
      CHECK((*results)[k].outside_trained_scale == expected->outside_trained_scale);
      CHECK((*results)[k].quantities.size() == expected->quantities.size());
    }
    CHECK((*results)[3].warning.empty() == (std::string(method) == "otsu"));
    CHECK((*results)[0].warning.empty());
    CHECK(count(labels[0], 2) > 0);
  }
}

TEST_CASE("an empty batch has no results") {
  const auto segmenter = made({{"method", "network"}, {"model", kGel}});
  REQUIRE(segmenter);
  const auto results = (*segmenter)->segment(std::span<const Slice>{}, {});
  REQUIRE(results);
  CHECK(results->empty());
}
