#include "tests/unit/viewer_model/images.h"
#include "viewer/model/overlay_style.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;
using Catch::Matchers::Contains;

namespace {

OverlayImagePtr changed(const OverlayImagePtr& from,
                        const std::function<void(OverlayImage&)>& how) {
  OverlayImage image = *from;
  how(image);
  return std::make_shared<const OverlayImage>(image);
}

}  // namespace

TEST_CASE("a plugin that lies about its image is refused and costs only its overlay") {
  const auto raw = version_of(1, 0);
  const auto good = labels_of(*raw);
  OverlayMatch match;
  match.raw(raw);
  const auto short_of = changed(good, [](auto& i) { i.header.mutable_pixels()->set_shape(0, 3); });
  const auto refused = match.result(short_of);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Contains("threshold") && Contains("9"));
  CHECK_FALSE(match.result(
      changed(good, [](auto& i) { i.header.mutable_pixels()->set_type(v1::FLOAT32); })));
  CHECK_FALSE(match.result(changed(good, [](auto& i) { i.pixels = nullptr; })));
  CHECK_FALSE(match.result(changed(good, [](auto& i) { i.header.mutable_scene(); })));
  CHECK_FALSE(match.result(
      changed(good, [](auto& i) { i.header.mutable_pixels()->set_shape(0, 4000000000U); })));
  CHECK(match.counts().refused == 5);
  CHECK(match.draw(true, 0).raw == raw);
  CHECK(match.draw(true, 0).overlay == nullptr);
}

TEST_CASE("an overlay is drawn only over the very image it was computed from") {
  OverlayMatch match;
  CHECK(match.draw(true, 0).raw == nullptr);
  const auto one = version_of(1, 0), two = version_of(2, 100 * kMs);
  match.raw(one);
  match.raw(two);
  CHECK(match.draw(true, 100 * kMs).raw == two);
  CHECK_FALSE(match.draw(true, 100 * kMs).mark.empty());
  const auto labels = labels_of(*one);
  REQUIRE(match.result(labels));
  const auto drawn = match.draw(true, 150 * kMs);
  CHECK(drawn.raw == one);
  CHECK(drawn.overlay == labels);
  CHECK(drawn.behind);
  const auto off = match.draw(false, 150 * kMs);
  CHECK(off.raw == two);
  CHECK(off.overlay == nullptr);
  CHECK(off.mark.empty());
}

TEST_CASE("an overlay that is outdated for over 250 ms gives way to the newest image, marked") {
  OverlayMatch match;
  const auto one = version_of(1, 0), two = version_of(2, 1000 * kMs);
  match.raw(one);
  REQUIRE(match.result(labels_of(*one)));
  match.raw(two);
  // A slow scan: the old image was the newest until now, and its successor's result may be near.
  CHECK(match.draw(true, 1250 * kMs).raw == one);
  const auto late = match.draw(true, 1251 * kMs);
  CHECK(late.raw == two);
  CHECK(late.overlay == nullptr);
  CHECK_THAT(late.mark, Contains("late"));
  REQUIRE(match.result(labels_of(*two)));
  CHECK(match.draw(true, 1300 * kMs).overlay != nullptr);
}

TEST_CASE("with a plugin 150 ms behind a stream every frame has its own overlay") {
  OverlayMatch match;
  std::vector<SliceVersionPtr> sent;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t now = i * 50 * kMs;
    sent.push_back(version_of(static_cast<std::uint64_t>(i + 1), now));
    match.raw(sent.back());
    if (i < 3) continue;
    REQUIRE(match.result(labels_of(*sent[static_cast<std::size_t>(i - 3)])));
    const auto drawn = match.draw(true, now + 40 * kMs);
    REQUIRE(drawn.overlay != nullptr);
    REQUIRE(drawn.overlay->input().version() == drawn.raw->header.stamp().version());
    REQUIRE(match.held() <= 2 * OverlayMatch::kVersions);
  }
  CHECK(match.counts().matched == 97);
}

TEST_CASE(
    "a plugin 200 ms behind 100 versions a second is not starved, and little is kept for it") {
  OverlayMatch match;
  std::vector<SliceVersionPtr> raws;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    const std::int64_t now = static_cast<std::int64_t>(i) * 10 * kMs;
    raws.push_back(version_of(i, now));
    match.raw(raws.back());
    if (i > 20) REQUIRE(match.result(labels_of(*raws[i - 21], now)));
    const auto drawn = match.draw(true, now);
    if (i > 20) CHECK(drawn.overlay != nullptr);
    if (i > 20) CHECK(drawn.raw == raws[i - 21]);
  }
  CHECK(match.held() <= 32);
  CHECK(match.counts().late == 0);
}

TEST_CASE("a change of pose voids every older result, newer data do not") {
  OverlayMatch match;
  const auto before = version_of(1, 0), moved = version_of(2, 10 * kMs, 2);
  match.raw(before);
  REQUIRE(match.result(labels_of(*before)));
  match.raw(moved);
  CHECK(match.draw(true, 10 * kMs).raw == moved);
  CHECK(match.draw(true, 10 * kMs).overlay == nullptr);
  REQUIRE(match.result(labels_of(*before)));
  CHECK(match.counts().void_pose == 1);
  CHECK(match.draw(true, 20 * kMs).overlay == nullptr);
}

TEST_CASE("a result that comes before its image waits for it, one whose image is gone is late") {
  OverlayMatch match;
  const auto early = version_of(9, 0);
  REQUIRE(match.result(labels_of(*early)));
  match.raw(early);
  CHECK(match.draw(true, 0).overlay != nullptr);
  for (int i = 10; i < 15; ++i)
    match.raw(version_of(static_cast<std::uint64_t>(i), (i - 9) * 200 * kMs));
  REQUIRE(match.result(labels_of(*early)));
  CHECK(match.counts().late == 1);
  for (int i = 100; i < 200; ++i)
    REQUIRE(match.result(labels_of(*version_of(static_cast<std::uint64_t>(i), 0))));
  CHECK(match.held() <= 2 * OverlayMatch::kVersions);
  match.clear_results();
  CHECK(match.draw(true, 0).overlay == nullptr);
}

TEST_CASE("classes keep what the user chose when the producer declares them anew") {
  v1::LabelImage header;
  for (std::uint32_t i : {2U, 0U, 1U}) {
    auto& c = *header.add_classes();
    c.set_index(i);
    c.set_name(i == 0 ? "background" : "phase");
    if (i == 1) c.set_colour_rgb(0x102030);
  }
  OverlayStyle style;
  style.declare(header);
  REQUIRE(style.classes().size() == 3);
  CHECK(style.classes()[0].index == 0);
  CHECK_FALSE(style.find(0)->on);
  style.set_colour(2, 0xABCDEF);
  style.set_outline(2, true);
  style.declare(header);
  CHECK(style.find(2)->colour_rgb == 0xABCDEF);
  CHECK(style.find(2)->outline);
  style.alpha = 1;
  const auto palette = style.palette();
  CHECK(palette[1] == 0xFF302010);
  CHECK(palette[0] == 0);
  CHECK(palette[77] == 0);
  for (std::uint32_t i = 0; i < 100000; ++i) header.add_classes()->set_index(i);
  style.declare(header);
  CHECK(style.classes().size() == 256);
}

TEST_CASE("class fractions leave unlabelled pixels out and stay bounded over time") {
  const auto raw = version_of(1, 0);
  const auto image =
      changed(labels_of(*raw), [](auto& i) { i.header.mutable_labels()->set_unlabelled(255); });
  const auto counts = class_counts(*image);
  REQUIRE(counts);
  CHECK(*counts == std::map<std::uint32_t, std::uint64_t>{{1, 4}, {2, 1}});
  FractionSeries series(64);
  series.add(1, {});
  CHECK(series.points().empty());
  for (int i = 1; i <= 10000; ++i) series.add(i * kSecond, *counts);
  series.add(5, *counts);
  CHECK(series.points().size() <= 64);
  CHECK(series.points().front().acquired_ns == kSecond);
  CHECK(series.points().back().acquired_ns == 10000 * kSecond);
  CHECK(series.points()[9].fraction.at(1) == Approx(0.8));
}

TEST_CASE("an overlay of fewer pixels than its slice is drawn and counted all the same") {
  const auto raw = std::make_shared<const SliceVersion>(plain_version(1, 0, 8, 8));
  OverlayImage image = *labels_of(*raw);
  image.header.mutable_pixels()->set_shape(0, 2);
  image.header.mutable_pixels()->set_shape(1, 2);
  auto pixels = Buffer::allocate(4);
  std::ranges::copy(std::array<std::uint8_t, 4>{1, 1, 1, 2}, pixels->as<std::uint8_t>());
  image.pixels = pixels;
  const auto reduced = std::make_shared<const OverlayImage>(image);
  OverlayMatch match;
  match.raw(raw);
  REQUIRE(match.result(reduced));
  CHECK(match.draw(true, 0).overlay == reduced);
  CHECK(match.draw(true, 0).raw == raw);
  const auto counts = class_counts(*reduced);
  REQUIRE(counts);
  CHECK(*counts == std::map<std::uint32_t, std::uint64_t>{{1, 3}, {2, 1}});
}

TEST_CASE("class fractions are written under the names of their classes, with their origin") {
  FractionSeries series;
  series.add(kSecond, {{1, 4}, {2, 1}, {7, 0}});
  std::vector<ClassStyle> classes(3);
  classes[0].index = 1;
  classes[0].name = "pore, open";
  classes[1].index = 2;
  classes[1].name = "gel";
  CHECK_THAT(series.csv(classes, "{\"scan_id\":\"a\"}"),
             Contains("# {\"scan_id\":\"a\"}\ntime (s),\"pore, open\",gel,class 7\n"
                      "0.000,0.800000,0.200000,0.000000\n"));
  classes[1].name = classes[0].name;
  CHECK_THAT(series.csv(classes, ""), Contains("\"pore, open 1\",\"pore, open 2\""));
}

TEST_CASE("class fractions are plotted by time, however many points of the past are left") {
  FractionSeries series(8);
  CHECK(series.curve(1, 300).empty());
  for (int i = 0; i <= 12; ++i)  // thinned on the way, so that the first points lie far apart
    series.add((1 + i) * kSecond, {{1, 12 - i}, {2, i}});
  const auto curve = series.curve(2, 300);
  REQUIRE(curve.size() == series.points().size());
  CHECK(curve.size() < 13);
  for (const CurvePoint& point : curve) CHECK(point.value == Approx(point.along));
  CHECK(curve.front().along == 0);
  CHECK(curve.back().along == 1);
  CHECK(series.curve(2, 2).back().along == 1);
  CHECK(series.curve(9, 300).front().value == 0);
}
