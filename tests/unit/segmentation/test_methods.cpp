// What holds for every method of the table.
#include <limits>
#include <set>

#include "common/segmentation/method.h"
#include "tests/unit/segmentation/pictures.h"

using namespace slicecast;
using namespace slicecast::segmentation;
using namespace slicecast::testing;

namespace {

std::unique_ptr<const Method> method(const std::string& name) {
  config::Settings settings(method_options());
  REQUIRE(settings.set_text("method", name));
  auto made = make_method(settings);
  REQUIRE(made);
  return std::move(*made);
}

std::vector<std::uint8_t> labels_of(const Method& method, const Picture& picture, int threads) {
  Workspace workspace(threads);
  LabelImage labels(picture.rows, picture.columns);
  const auto ok = method.segment(picture.field(), labels.view(), workspace);
  INFO((ok ? "" : ok.error().message));
  REQUIRE(ok);
  return labels.labels;
}

}  // namespace

TEST_CASE("an image without pixels, and labels or a mask of another size, are refused") {
  for (const auto& entry : methods()) {
    INFO(entry.name);
    const auto made = method(entry.name);
    Workspace workspace;
    Picture picture = blobs(8, 9, 1);
    LabelImage labels(8, 9), narrow(8, 8);
    CHECK_FALSE(made->segment({}, labels.view(), workspace));
    CHECK_FALSE(made->segment(picture.field(), narrow.view(), workspace));
    CHECK_FALSE(made->segment(picture.field(), {}, workspace));
    auto field = picture.field();
    field.mask = {narrow.labels.data(), 8, 8};
    const auto refused = made->segment(field, labels.view(), workspace);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "a mask of 8x8 for an image of 8x9; give both the same size");
    field.image.rows = 20000;
    CHECK_FALSE(made->segment(field, labels.view(), workspace));
  }
}

TEST_CASE("a parameter beyond its range is refused, and so are percentiles in the wrong order") {
  config::Settings settings(method_options());
  CHECK_FALSE(settings.set_text("method", "magic"));
  CHECK_FALSE(settings.set_text("otsu_bins", "1"));
  CHECK_FALSE(settings.set_text("random_walker_beta", "nan"));
  CHECK_FALSE(settings.set_text("geodesic_contour_sigma", "0"));
  REQUIRE(settings.set_text("watershed_low_percentile", "95"));
  CHECK(make_method(settings));  // otsu does not care
  REQUIRE(settings.set_text("method", "watershed"));
  const auto refused = make_method(settings);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("the low one first") != std::string::npos);
}

TEST_CASE("every parameter is live, has a doc and is named after its method") {
  std::set<std::string> names;
  for (const auto& entry : methods()) {
    CHECK(find_method(entry.name) == &entry);
    CHECK_FALSE(entry.doc.empty());
    for (const auto& option : entry.options) {
      INFO(option.name);
      CHECK(option.name.starts_with(entry.name + "_"));
      CHECK(names.insert(option.name).second);
      CHECK(option.live);
      CHECK_FALSE(option.doc.empty());
      CHECK(config::checked(option, option.default_value));
    }
  }
  CHECK(find_method("magic") == nullptr);
  CHECK(method_options().size() == names.size() + 1);
}

TEST_CASE("the ends of every parameter's range make a method that works") {
  const Picture picture = blobs(13, 11, 3);
  for (const auto& entry : methods()) {
    for (const auto& option : entry.options) {
      std::vector<std::string> values = option.choices;
      if (values.empty())
        for (double end : {option.minimum, option.maximum})
          values.push_back(std::to_string(static_cast<long>(end)) +
                           (option.type == config::Type::real
                                ? std::to_string(end - static_cast<double>(static_cast<long>(end)))
                                      .substr(end < 0 ? 2 : 1)
                                : ""));
      for (const auto& value : values) {
        config::Settings settings(method_options());
        REQUIRE(settings.set_text("method", entry.name));
        INFO(option.name << " = " << value);
        if (!settings.set_text(option.name, value)) continue;  // 1e-6 rounds to 0
        const auto made = make_method(settings);
        if (!made) {
          CHECK(option.name.find("percentile") != std::string::npos);  // 100 and 0 cross
          continue;
        }
        Workspace workspace;
        LabelImage labels(13, 11);
        CHECK((*made)->segment(picture.field(), labels.view(), workspace));
      }
    }
  }
}

TEST_CASE("what the mask hides and what is not finite gets label 0, all else a class") {
  const Picture picture = holed(61, 67, 5);
  for (const auto& entry : methods()) {
    INFO(entry.name);
    const auto made = method(entry.name);
    const auto labels = labels_of(*made, picture, 2);
    std::size_t missing = 0;
    for (int r = 0; r < picture.rows; ++r) {
      for (int c = 0; c < picture.columns; ++c) {
        const auto label = labels[static_cast<std::size_t>(r * picture.columns + c)];
        if (takes_part(picture.field(), r, c)) {
          CHECK(label <= made->classes());
          missing += label == 0 ? 1 : 0;
        } else {
          CHECK(label == 0);
        }
      }
    }
    CHECK(missing <= 2);  // pixels walled in by such that take no part, which no seed reaches
  }
}

TEST_CASE("values under the mask change no label") {
  const Picture picture = holed(40, 45, 6);
  Picture other = picture;
  for (std::size_t i = 0; i < other.values.size(); ++i)
    if (other.mask[i] == 0) other.values[i] = -1e6f;
  for (const auto& entry : methods()) {
    INFO(entry.name);
    CHECK(labels_of(*method(entry.name), picture, 1) == labels_of(*method(entry.name), other, 1));
  }
}

TEST_CASE("an image of which nothing takes part has no labels") {
  Picture hidden = blobs(9, 70, 2);
  hidden.mask.assign(hidden.values.size(), 0);
  const Picture none = constant(9, 70, std::numeric_limits<float>::quiet_NaN());
  for (const auto& entry : methods()) {
    INFO(entry.name);
    CHECK(labels_of(*method(entry.name), hidden, 2) == std::vector<std::uint8_t>(630));
    CHECK(labels_of(*method(entry.name), none, 1) == std::vector<std::uint8_t>(630));
  }
}

TEST_CASE("a constant image is of class 1, but for contours, which keep their shape") {
  for (const auto& entry : methods()) {
    INFO(entry.name);
    const auto labels = labels_of(*method(entry.name), constant(31, 33, 0.25f), 1);
    const bool contour = entry.name == "chan_vese" || entry.name == "geodesic_contour";
    for (auto label : labels) CHECK((label == 1 || (contour && label == 2)));
  }
}

TEST_CASE("images of a pixel, a row, a column and odd sizes are segmented") {
  for (const auto& entry : methods()) {
    const auto made = method(entry.name);
    for (auto [rows, columns] :
         {std::pair{1, 1}, {1, 2}, {2, 1}, {1, 65}, {130, 1}, {3, 64}, {65, 63}, {33, 129}}) {
      INFO(entry.name << " " << rows << "x" << columns);
      for (auto label : labels_of(*made, blobs(rows, columns, 4), 2)) {
        CHECK(label >= 1);
        CHECK(label <= made->classes());
      }
    }
  }
}

TEST_CASE("the number of threads, the rows' distance in memory and an earlier use change nothing") {
  const Picture picture = holed(150, 141, 8);
  std::vector<float> spread(150 * 160, -9e9f);
  for (int r = 0; r < 150; ++r)
    for (int c = 0; c < 141; ++c)
      spread[static_cast<std::size_t>(r * 160 + c)] =
          picture.values[static_cast<std::size_t>(r * 141 + c)];
  for (const auto& entry : methods()) {
    INFO(entry.name);
    const auto made = method(entry.name);
    const auto expected = labels_of(*made, picture, 1);
    CHECK(labels_of(*made, picture, 2) == expected);
    Workspace used(2);
    LabelImage large(200, 190), labels(150, 141);
    REQUIRE(made->segment(blobs(200, 190, 9).field(), large.view(), used));
    Field field = picture.field();
    field.image = {spread.data(), 150, 141, 160};
    REQUIRE(made->segment(field, labels.view(), used));
    CHECK(labels.labels == expected);
  }
}

TEST_CASE("class 2 is the bright one, whichever side a contour takes for its inside") {
  Picture dark = blobs(80, 80, 12);
  for (float& value : dark.values) value = -value;
  for (const auto& picture : {blobs(80, 80, 12), dark}) {
    for (const auto& entry : methods()) {
      INFO(entry.name);
      const auto labels = labels_of(*method(entry.name), picture, 1);
      double sums[4] = {}, counts[4] = {};
      for (std::size_t i = 0; i < labels.size(); ++i)
        sums[labels[i]] += static_cast<double>(picture.values[i]), ++counts[labels[i]];
      REQUIRE(counts[1] > 0);
      REQUIRE(counts[2] > 0);
      CHECK(sums[2] / counts[2] > sums[1] / counts[1]);
    }
  }
}
