#include "plugins/sdk/events.h"

#include "plugins/sdk/inputs.h"
#include "plugins/sdk/subscriptions.h"
#include "tests/unit/sdk/messages.h"

namespace slicecast::plugin::test {
namespace {

v1::Scene scene_of(std::initializer_list<std::pair<const char*, std::uint64_t>> slices) {
  v1::Scene scene;
  for (const auto& [id, revision] : slices) {
    auto& slice = *scene.add_slices();
    slice.set_id(id);
    slice.set_pose_revision(revision);
    slice.set_rows(512);
    slice.set_columns(512);
    slice.mutable_axis1()->set_x_mm(51.2);
    slice.mutable_axis2()->set_y_mm(51.2);
  }
  return scene;
}

v1::Scan scan_of(const char* id, std::uint64_t revision, bool ended = false) {
  v1::Scan scan;
  scan.mutable_start()->set_scan_id(id);
  scan.mutable_start()->set_geometry_revision(revision);
  scan.set_ended(ended);
  return scan;
}

using SliceWhat = SliceEvent::What;
using ScanWhat = ScanEvent::What;

std::vector<ScanWhat> whats(const v1::Scan& before, const v1::Scan& after) {
  std::vector<ScanWhat> list;
  for (const auto& event : scan_events(before, after)) list.push_back(event.what);
  return list;
}

config::Settings settings_with(std::initializer_list<std::pair<const char*, config::Value>> set) {
  config::Settings settings(options_of(Plugin{.name = "p"}));
  for (const auto& [name, value] : set) REQUIRE(settings.set(name, value));
  return settings;
}

}  // namespace

TEST_CASE("nobody may publish under the keys of another") {
  CHECK_FALSE(may_publish("evil", "plugin", "slice/a"));
  CHECK_FALSE(may_publish("evil", "plugin", "scene"));
  CHECK_FALSE(may_publish("evil", "plugin", "labels/good/a"));
  CHECK_FALSE(may_publish("evil", "plugin", "labels/evil"));
  CHECK_FALSE(may_publish("slice", "slice", "thumbnail"));
  CHECK_FALSE(may_publish("slice", "slice", ""));
  CHECK(may_publish("slice", "slice", "slice/a"));
  CHECK(may_publish("proj", "projection", "thumbnail"));
  CHECK(may_publish("good", "plugin", "labels/good/a"));
}

TEST_CASE("slices are added, moved by pose or size, and removed") {
  const auto before = scene_of({{"a", 1}, {"b", 2}, {"c", 3}});
  CHECK(slice_events(before, before).empty());
  auto after = scene_of({{"a", 1}, {"b", 5}, {"c", 3}, {"d", 6}});
  after.mutable_slices(2)->set_rows(8);
  after.mutable_slices()->DeleteSubrange(0, 1);
  const auto events = slice_events(before, after);
  REQUIRE(events.size() == 4);
  CHECK((events[0].what == SliceWhat::removed && events[0].slice.id() == "a"));
  CHECK((events[1].what == SliceWhat::moved && events[1].slice.pose_revision() == 5));
  CHECK((events[2].what == SliceWhat::moved && events[2].slice.id() == "c"));
  CHECK((events[3].what == SliceWhat::added && events[3].slice.id() == "d"));
}

TEST_CASE("scans start, change their geometry and end, each once") {
  CHECK(whats({}, scan_of("1", 1)) == std::vector{ScanWhat::started});
  CHECK(whats(scan_of("1", 1), scan_of("1", 1)).empty());
  CHECK(whats(scan_of("1", 1), scan_of("1", 2)) == std::vector{ScanWhat::geometry});
  CHECK(whats(scan_of("1", 1), scan_of("1", 1, true)) == std::vector{ScanWhat::ended});
  CHECK(whats(scan_of("1", 1, true), scan_of("1", 1, true)).empty());
  CHECK(whats(scan_of("1", 1, true), scan_of("2", 1)) == std::vector{ScanWhat::started});
  CHECK(whats(scan_of("1", 1), scan_of("2", 1)) == std::vector{ScanWhat::ended, ScanWhat::started});
  CHECK(whats({}, scan_of("1", 1, true)) == std::vector{ScanWhat::started, ScanWhat::ended});
}

TEST_CASE("the halving that comes next to the wanted pixel is asked for") {
  CHECK(side_for(0, 0.1, 512) == 0);     // nothing wanted
  CHECK(side_for(0.1, 0, 512) == 0);     // nothing known
  CHECK(side_for(0.05, 0.1, 512) == 0);  // finer than there is
  CHECK(side_for(0.13, 0.1, 512) == 0);  // 0.1 is nearer than 0.2
  CHECK(side_for(0.15, 0.1, 512) == 256);
  CHECK(side_for(0.4, 0.1, 513) == 129);
}

TEST_CASE("what is asked of feeds follows settings, the node's wish and the slices") {
  const auto scene = scene_of({{"a", 1}});
  const auto all = subscriptions_for(settings_with({{"encoding", "8 bit"}, {"max_rate", 5.0}}),
                                     Wish{.pixel_mm = 0.2}, scene);
  REQUIRE(all.size() == 4);
  CHECK(all[0].prefix() == "scene");
  CHECK(all[1].prefix() == "scan");
  CHECK(all[2].prefix() == "slice/");
  CHECK(all[2].max_side() == 0);
  CHECK(all[3].prefix() == "slice/a");
  CHECK(all[3].max_side() == 256);
  CHECK(all[3].encoding() == v1::QUANTISED_8);
  CHECK(all[3].max_rate_hz() == 5);
  const auto set = settings_with({{"max_side", std::int64_t{100}}, {"pixel_size", 0.1}});
  const auto own = subscriptions_for(set, Wish{.pixel_mm = 0.2, .max_side = 50}, scene);
  REQUIRE(own.size() == 3);
  CHECK(own[2].max_side() == 100);
  CHECK(subscriptions_for(settings_with({{"enabled", false}}), {}, scene).size() == 2);
}

}  // namespace slicecast::plugin::test
