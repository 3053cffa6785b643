// Agreement with scikit-image 0.19.3 on the reference image. Its results were made with
//   threshold_otsu(image), threshold_multiotsu(image, 3), threshold_li(image)
//   gradient = sobel(gaussian(image, 1, mode="reflect"))
//   markers = 1 below percentile 30, 2 above percentile 90 of the image
//   watershed(gradient, markers), random_walker(image, markers, beta=130)
//   morphological_chan_vese(image, 35)
//   morphological_geodesic_active_contour(inverse_gaussian_gradient(image), 35, balloon=-1)
// the last in the same process after the odd number of smoothing steps of the one before it, which
// is why its smoothing starts with the erosion.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <optional>

#include "common/io/npy.h"
#include "common/segmentation/contour.h"
#include "common/segmentation/gradient.h"
#include "common/segmentation/random_walker.h"
#include "common/segmentation/threshold.h"
#include "common/segmentation/watershed.h"
#include "tests/support/test_data.h"
#include "tests/unit/segmentation/pictures.h"

using namespace slicecast;
using namespace slicecast::segmentation;
using namespace slicecast::testing;

namespace {

constexpr int kSize = 512;
constexpr std::size_t kPixels = 512 * 512;

template <class T>
std::vector<T> array(const std::filesystem::path& folder, const std::string& name) {
  const auto file = io::read_npy(folder / (name + ".npy"));
  REQUIRE(file);
  REQUIRE(file->values.size() == kPixels * sizeof(T));
  std::vector<T> values(kPixels);
  std::memcpy(values.data(), file->values.data(), file->values.size());
  return values;
}

struct Case {
  std::filesystem::path folder;
  Picture picture;
};

std::optional<Case> reference_case() {
  const auto folder = test_data("ml/classical_ref");
  if (!folder) return std::nullopt;
  return Case{*folder, {kSize, kSize, array<float>(*folder, "image512")}};
}

}  // namespace

TEST_CASE("thresholds of the reference image are scikit-image's to one of 256 bins") {
  const auto given = reference_case();
  if (!given) return;
  Workspace workspace(2);
  const auto prepared = prepare(given->picture.field(), workspace);
  const double bin = (static_cast<double>(prepared.maximum) - prepared.minimum) / 256;
  const auto near = [&](double value) { return Approx(value).margin(1.001 * bin).epsilon(0); };
  on_every_target([&](const std::string&) {
    const auto field = given->picture.field();
    const auto otsu = Otsu{}.thresholds(field, workspace);
    REQUIRE(otsu);
    CHECK(otsu->at(0) == near(0.37182891368865967));
    const auto multi = Otsu{3}.thresholds(field, workspace);
    REQUIRE(multi);
    CHECK(multi->at(0) == near(0.063329316675663));
    CHECK(multi->at(1) == near(0.5003703832626343));
    const auto li = CrossEntropy{}.thresholds(field, workspace);
    REQUIRE(li);
    CHECK(li->at(0) == Approx(0.30440956354141235).margin(bin / 100).epsilon(0));
  });
}

TEST_CASE("gradient and markers of the reference image are scikit-image's") {
  const auto given = reference_case();
  if (!given) return;
  Workspace workspace(2);
  const auto prepared = prepare(given->picture.field(), workspace);
  const auto expected = array<float>(given->folder, "gradient");
  const auto gradient = sobel_magnitude(prepared, 1, workspace);
  double worst = 0;
  for (std::size_t i = 0; i < kPixels; ++i)
    worst = std::max(worst, std::abs(static_cast<double>(gradient.pixels[i]) - expected[i]));
  CHECK(worst < 1e-6);
  LabelImage markers(kSize, kSize);
  MarkerRule{}.mark(prepared, markers.view(), workspace);
  CHECK(agreement(markers.labels, array<std::uint8_t>(given->folder, "markers")) == 1);
}

TEST_CASE("watershed and random walker label the reference image as scikit-image does") {
  const auto given = reference_case();
  if (!given) return;
  Workspace workspace(2);
  LabelImage labels(kSize, kSize), markers(kSize, kSize);
  markers.labels = array<std::uint8_t>(given->folder, "markers");
  const auto watershed = array<std::uint8_t>(given->folder, "watershed");
  const auto walker = array<std::uint8_t>(given->folder, "random_walker");
  const auto gradient = array<float>(given->folder, "gradient");
  REQUIRE(flood({{gradient.data(), kSize, kSize}}, markers.view(), labels.view(), workspace));
  CHECK(agreement(labels.labels, watershed) == 1);
  on_every_target([&](const std::string&) {
    const auto field = given->picture.field();
    REQUIRE(Watershed{}.segment(field, labels.view(), workspace));
    CHECK(agreement(labels.labels, watershed) >= 0.999);
    REQUIRE(RandomWalker{130}.segment(field, markers.view(), labels.view(), workspace));
    CHECK(agreement(labels.labels, walker) >= 0.999);
    REQUIRE(RandomWalker{}.segment(field, labels.view(), workspace));
    CHECK(agreement(labels.labels, walker) >= 0.999);
  });
}

TEST_CASE("contours in the reference image end where scikit-image's do") {
  const auto given = reference_case();
  if (!given) return;
  Workspace workspace(2);
  LabelImage labels(kSize, kSize);
  auto chan_vese = array<std::uint8_t>(given->folder, "morph_chan_vese35");
  auto geodesic = array<std::uint8_t>(given->folder, "morph_gac35");
  for (auto* inside : {&chan_vese, &geodesic})
    for (auto& label : *inside) ++label;
  on_every_target([&](const std::string&) {
    const auto field = given->picture.field();
    REQUIRE(ChanVese{35}.segment(field, labels.view(), workspace));
    CHECK(agreement(labels.labels, chan_vese) >= 0.9999);
    GeodesicContour contour;
    REQUIRE(contour.segment(field, labels.view(), workspace));
    CHECK(agreement(labels.labels, geodesic) >= 0.99);
    contour.first_smoothing = Curvature::erode_first;
    REQUIRE(contour.segment(field, labels.view(), workspace));
    CHECK(agreement(labels.labels, geodesic) >= 0.9999);
  });
}
