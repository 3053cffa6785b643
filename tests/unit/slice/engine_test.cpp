#include "services/slice/engine.h"

#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "services/slice/field_mask.h"
#include "services/slice/plan.h"
#include "stream.h"

using namespace slicecast;
using namespace slicecast::slice;
using namespace slicecast::slice::testing;

namespace {

EngineOptions engine_options() {
  EngineOptions o;
  o.backend = &backend();
  o.store = recon::StoreType::single_precision;
  o.refresh_hz = 1e6;
  o.preview_size = 0;
  o.rebuild_interval_s = 0;
  return o;
}

void feed(Engine& engine, std::uint64_t first, std::uint64_t last, std::uint64_t group,
          unsigned seed = 0) {
  for (std::uint64_t id = first; id < last; ++id) {
    auto made = make_projection(id, group, seed);
    engine.add(std::move(made.entry), std::move(made.image));
  }
}

bool shows(const Image& image, std::uint64_t newest) {
  return image.snapshot->newest_id == newest;
}

}  // namespace

TEST_CASE("without a scan nothing is shown and a request is not answered with noise") {
  Gallery gallery;
  Engine engine(engine_options(), gallery.publisher());
  engine.set_target(slice_target("a"));
  CHECK_FALSE(engine.has_scan());
  CHECK_FALSE(engine.busy());
  CHECK(gallery.published("slice/a") == 0);
}

TEST_CASE("ten windows of difference refreshes agree with a rebuild to 1e-5") {
  constexpr std::uint64_t group = 20;
  Gallery live_gallery, fresh_gallery;
  Engine live(engine_options(), live_gallery.publisher());
  Engine fresh(engine_options(), fresh_gallery.publisher());
  live.start(stream_start(group));
  fresh.start(stream_start(group));
  live.set_target(slice_target("a"));
  for (std::uint64_t id = 0; id < 11 * group; ++id) {
    feed(live, id, id + 1, group);
    REQUIRE(live_gallery.wait("slice/a", [&](const Image& image) { return shows(image, id); }));
  }
  feed(fresh, 10 * group, 11 * group, group);
  // The same window: the first one of `fresh` is as full as a window can be.
  fresh.set_target(slice_target("a"));
  Image by_difference, rebuilt;
  REQUIRE(live_gallery.wait(
      "slice/a", [](const Image&) { return true; }, &by_difference));
  REQUIRE(fresh_gallery.wait(
      "slice/a", [&](const Image& image) { return shows(image, 11 * group - 1); }, &rebuilt));
  CHECK_FALSE(by_difference.rebuilt);
  CHECK(live.counts().differences > 9 * group);
  CHECK(rebuilt.snapshot->entries.size() == by_difference.snapshot->entries.size());
  CHECK(relative_rms(by_difference, rebuilt) < 1e-5);
}

TEST_CASE("a moved slice is shown at its new pose, labelled with its revision") {
  Gallery gallery;
  Engine engine(engine_options(), gallery.publisher());
  engine.start(stream_start(20));
  feed(engine, 0, 20, 20);
  engine.set_target(slice_target("a", 32, 32, 1));
  REQUIRE(gallery.wait("slice/a", [](const Image& i) { return i.target.pose_revision == 1; }));
  for (std::uint64_t revision = 2; revision <= 50; ++revision)
    engine.set_target(slice_target("a", 32, 32, revision, 0.01 * static_cast<double>(revision)));
  Image image;
  REQUIRE(gallery.wait(
      "slice/a", [](const Image& i) { return i.target.pose_revision == 50; }, &image));
  CHECK_FALSE(image.stale);
  CHECK(image.rebuilt);
}

TEST_CASE("a refiltered window is swapped in whole, a mixed one is marked") {
  Gallery gallery;
  Engine engine(engine_options(), gallery.publisher());
  engine.start(stream_start(20));
  feed(engine, 0, 40, 20);
  engine.set_target(slice_target("a"));
  REQUIRE(gallery.wait("slice/a", [](const Image& i) { return shows(i, 39); }));

  SECTION("refiltered") {
    StreamStart next = stream_start(20);
    next.epoch = 2;
    next.refilter = true;
    engine.start(next);
    const int before = gallery.published("slice/a");
    for (std::uint64_t id = 20; id < 39; ++id) {
      auto made = make_projection(id, 20, 5);
      made.entry.epoch = 2;
      engine.add(std::move(made.entry), std::move(made.image));
    }
    CHECK(gallery.published("slice/a") == before);  // nothing half-way
    engine.epoch_ready(2);
    REQUIRE(gallery.wait("slice/a", [](const Image& i) { return i.snapshot->epoch == 2; }));
    Image image;
    REQUIRE(gallery.wait(
        "slice/a", [](const Image& i) { return i.snapshot->epoch == 2; }, &image));
    CHECK_FALSE(image.snapshot->mixed);
  }
  SECTION("without room for raw frames") {
    StreamStart next = stream_start(20);
    next.epoch = 2;
    engine.start(next);
    auto made = make_projection(40, 20, 5);
    made.entry.epoch = 2;
    engine.add(std::move(made.entry), std::move(made.image));
    REQUIRE(gallery.wait("slice/a", [](const Image& i) { return i.snapshot->mixed; }));
    for (std::uint64_t id = 41; id < 60; ++id) {
      made = make_projection(id, 20, 5);
      made.entry.epoch = 2;
      engine.add(std::move(made.entry), std::move(made.image));
    }
    REQUIRE(
        gallery.wait("slice/a", [](const Image& i) { return shows(i, 59) && !i.snapshot->mixed; }));
  }
}

TEST_CASE("new matrices rebuild at once, also after the scan has ended") {
  Gallery gallery;
  Engine engine(engine_options(), gallery.publisher());
  engine.start(stream_start(20));
  feed(engine, 0, 20, 20);
  engine.set_target(slice_target("a"));
  REQUIRE(gallery.wait("slice/a", [](const Image& i) { return shows(i, 19); }));
  engine.end();
  geometry::ScanGeometry moved = small_geometry();
  moved.axis_column = 21.0;
  std::vector<std::uint64_t> ids;
  std::vector<geometry::Matrix34> matrices;
  for (std::uint64_t id = 0; id < 20; ++id) {
    ids.push_back(id);
    matrices.push_back(
        geometry::projection_at(moved, std::numbers::pi * static_cast<double>(id) / 20).matrix);
  }
  engine.update_geometry(7, geometry::field_of_view(moved, false), ids, matrices, 1);
  Image image;
  REQUIRE(gallery.wait(
      "slice/a", [](const Image& i) { return i.snapshot->geometry_revision == 7; }, &image));
  CHECK(image.rebuilt);
}

TEST_CASE("a new scan shows nothing of the old one and keeps the slices") {
  Gallery gallery;
  Engine engine(engine_options(), gallery.publisher());
  engine.start(stream_start(20, "first"));
  feed(engine, 0, 20, 20);
  engine.set_target(slice_target("a"));
  REQUIRE(gallery.wait("slice/a", [](const Image& i) { return shows(i, 19); }));
  engine.start(stream_start(20, "second"));
  feed(engine, 0, 3, 20);
  Image image;
  REQUIRE(gallery.wait(
      "slice/a", [](const Image& i) { return i.scan_id == "second" && shows(i, 2); }, &image));
  CHECK(image.snapshot->entries.size() == 3);
  CHECK(image.snapshot->filling);
}

TEST_CASE("the preview holds the field of view and a zoomed-out slice reads a mip level") {
  Gallery gallery;
  EngineOptions o = engine_options();
  o.preview_size = 16;
  o.preview_hz = 1e6;
  Engine engine(o, gallery.publisher());
  engine.start(stream_start(20));
  feed(engine, 0, 20, 20);
  Image preview;
  REQUIRE(gallery.wait(
      "preview", [](const Image& i) { return shows(i, 19); }, &preview));
  CHECK(preview.target.grid.planes == 16);
  CHECK(preview.target.grid.step_column.x == Approx(2 * 19.5 / 16));
  CHECK(mip_level(1.0, 1.0) == 0);
  CHECK(mip_level(1.9, 1.0) == 0);
  CHECK(mip_level(2.0, 1.0) == 1);
  CHECK(mip_level(9.0, 1.0) == 3);
}

TEST_CASE("a slab of a volume equals its slices, and a request is answered once") {
  Gallery gallery;
  Engine engine(engine_options(), gallery.publisher());
  engine.start(stream_start(20));
  feed(engine, 0, 20, 20);
  Target slab;
  slab.key = "request/me/1";
  slab.kind = TargetKind::request;
  slab.grid = geometry::volume_grid(12, 12, 3, 1.0);
  engine.set_target(slab);
  Image volume;
  REQUIRE(gallery.wait(
      "request/me/1", [](const Image&) { return true; }, &volume));
  Target middle;
  middle.key = "slice/m";
  middle.pose_revision = 1;
  middle.grid = geometry::slab_of(slab.grid, 1, 1);
  engine.set_target(middle);
  Image slice;
  REQUIRE(gallery.wait(
      "slice/m", [](const Image&) { return true; }, &slice));
  for (int i = 0; i < 144; ++i)
    CHECK(volume.pixels->as<float>()[144 + i] == Approx(slice.pixels->as<float>()[i]).margin(1e-5));
  CHECK(gallery.published("request/me/1") == 1);
}

TEST_CASE("a drag overtakes a volume that is under way") {
  Gallery gallery;
  EngineOptions o = engine_options();
  o.threads = 1;
  Engine engine(o, gallery.publisher());
  engine.start(stream_start(20));
  feed(engine, 0, 20, 20);
  Target slab;
  slab.key = "request/me/1";
  slab.kind = TargetKind::request;
  slab.grid = geometry::volume_grid(512, 512, 64, 0.05);
  engine.set_target(slab);
  engine.set_target(slice_target("warm"));
  REQUIRE(gallery.wait("slice/warm", [](const Image&) { return true; }));
  for (std::uint64_t revision = 1; revision <= 5; ++revision) {
    engine.set_target(slice_target("a", 32, 32, revision, 0.1 * static_cast<double>(revision)));
    REQUIRE(gallery.wait("slice/a",
                         [&](const Image& i) { return i.target.pose_revision == revision; }));
  }
  CHECK(gallery.published("request/me/1") == 0);
  REQUIRE(gallery.wait("request/me/1", [](const Image&) { return true; }));
}

TEST_CASE("a sum is rebuilt at the side while nothing new comes, and shows the same") {
  Gallery gallery;
  EngineOptions o = engine_options();
  o.rebuild_interval_s = 1e-3;
  Engine engine(o, gallery.publisher());
  engine.start(stream_start(20));
  engine.set_target(slice_target("a"));
  feed(engine, 0, 30, 20);
  REQUIRE(gallery.wait("slice/a", [](const Image& i) { return shows(i, 29); }));
  for (std::uint64_t id = 30; id < 34; ++id) {
    feed(engine, id, id + 1, 20);
    REQUIRE(gallery.wait("slice/a", [&](const Image& i) { return shows(i, id); }));
  }
  Image before;
  REQUIRE(gallery.wait(
      "slice/a", [](const Image& i) { return shows(i, 33); }, &before));
  const auto rebuilds = engine.counts().rebuilds;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (engine.counts().rebuilds == rebuilds && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  Image after;
  REQUIRE(gallery.wait(
      "slice/a", [&](const Image& i) { return i.version > before.version && shows(i, 33); },
      &after));
  CHECK(relative_rms(after, before) < 1e-5);
}

TEST_CASE("an image made while the link was silent or of an older geometry says that it is stale") {
  Gallery gallery;
  Engine engine(engine_options(), gallery.publisher());
  engine.start(stream_start(20));
  feed(engine, 0, 20, 20);
  engine.set_link_stale(true);
  engine.set_target(slice_target("a"));
  Image image;
  REQUIRE(gallery.wait(
      "slice/a", [](const Image&) { return true; }, &image));
  CHECK(image.stale);
  engine.set_link_stale(false);
  engine.set_target(slice_target("a", 32, 32, 2));
  REQUIRE(gallery.wait("slice/a",
                       [](const Image& i) { return i.target.pose_revision == 2 && !i.stale; }));
}

TEST_CASE("the store stays within its budget and uses two thirds of it or more") {
  const std::size_t each = make_projection(0, 100).image->bytes();
  EngineOptions o = engine_options();
  o.memory_bytes = 30 * each;
  Gallery gallery;
  Engine engine(o, gallery.publisher());
  engine.set_target(slice_target("a"));
  engine.start(stream_start(100));
  for (std::uint64_t id = 0; id < 200; ++id) {
    feed(engine, id, id + 1, 100);
    // A sum under way pins what it reads: how much of that the window has left, its thread's turn
    // on the processor decides.
    CHECK(engine.stored_bytes() <= o.memory_bytes + each);
  }
  CHECK(engine.window_size() <= 30);
  CHECK(engine.counts().shed > 0);
  CHECK(engine.counts().projections + engine.counts().shed == 200);
  // Once the sums under way let go of what they pinned, there is room for the newest again.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (std::uint64_t id = 200; id < 400; ++id) {
    while (engine.busy() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    feed(engine, id, id + 1, 100);
    CHECK(engine.stored_bytes() <= o.memory_bytes + each);
    if (id >= 300) CHECK(engine.window_size() >= 20);
  }
  REQUIRE(gallery.wait("slice/a", [](const Image& i) { return i.snapshot->newest_id >= 394; }));
  CHECK(engine.window_size() >= 20);
}

TEST_CASE("a projection that is left out is told apart from one that went to make room for it") {
  EngineOptions o = engine_options();
  const std::size_t each = make_projection(0, 100).image->bytes();
  o.memory_bytes = 30 * each;
  Gallery gallery;
  Engine engine(o, gallery.publisher());
  engine.start(stream_start(100));
  std::uint64_t left_out = 0, taken = 0;
  for (std::uint64_t id = 0; id < 300; ++id) {
    auto made = make_projection(id, 100);
    const Inserted inserted = engine.add(std::move(made.entry), std::move(made.image));
    (inserted == Inserted::shed ? left_out : taken) += 1;
  }
  CHECK(engine.counts().shed == left_out);
  CHECK(engine.counts().projections == taken);
  CHECK(engine.counts().thinned > 0);
  CHECK(engine.counts().thinned < 30);
}

TEST_CASE("the budget is used as well when projections grow or shrink in mid-stream") {
  EngineOptions o = engine_options();
  const std::size_t each = make_projection(0, 100).image->bytes();
  o.memory_bytes = 60 * each;
  Gallery gallery;
  Engine engine(o, gallery.publisher());
  engine.start(stream_start(100));
  const auto feed_halves = [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t id = first; id < last; ++id) {
      auto made = make_projection(id, 100, 0, recon::StoreType::half_precision);
      engine.add(std::move(made.entry), std::move(made.image));
    }
  };
  feed(engine, 0, 300, 100);
  CHECK(engine.stored_bytes() >= 40 * each);
  feed_halves(300, 700);
  const std::size_t half =
      make_projection(0, 100, 0, recon::StoreType::half_precision).image->bytes();
  CHECK(engine.window_size() >= 2 * o.memory_bytes / half / 3);
  feed(engine, 700, 1000, 100);
  CHECK(engine.window_size() >= 40);
  CHECK(engine.stored_bytes() <= o.memory_bytes + each);
}

TEST_CASE("outside the field of view a slice is zero") {
  const geometry::FieldOfView field{10, -5, 5};
  const geometry::PointGrid grid = slice_target("a", 32, 32).grid;
  for (int row = 0; row < grid.rows; ++row) {
    const auto [first, last] = columns_in_field(grid, 0, row, field);
    for (int column = 0; column < grid.columns; ++column) {
      const geometry::Vec3 p = geometry::point_at(grid, 0, row, column);
      const bool inside = std::hypot(p.x, p.y) <= 10 && std::abs(p.z) <= 5;
      CHECK((column >= first && column < last) == inside);
    }
  }
}

TEST_CASE("a changed weight is one pass with the difference") {
  auto made = make_projection(0, 10);
  auto account = std::make_shared<std::atomic<std::size_t>>(0);
  Entry entry = made.entry;
  entry.weight = 1;
  entry.pixels = std::make_shared<const Pyramid>(backend(), made.image, account);
  CHECK(account->load() == made.image->bytes());
  const auto before = std::make_shared<const Entry>(entry);
  entry.weight = 1.5;
  Snapshot snapshot;
  snapshot.entries = {std::make_shared<const Entry>(entry)};
  const RefreshPlan plan = plan_refresh({before}, snapshot, 0, false);
  CHECK_FALSE(plan.rebuild);
  REQUIRE(plan.terms.size() == 1);
  CHECK(plan.terms[0].weight == 0.5f);
}

TEST_CASE("over half of the window changed is a rebuild, half of it is not") {
  auto account = std::make_shared<std::atomic<std::size_t>>(0);
  std::vector<EntryPtr> entries;
  for (std::uint64_t id = 0; id < 16; ++id) {
    auto made = make_projection(id, 10);
    made.entry.pixels = std::make_shared<const Pyramid>(backend(), made.image, account);
    entries.push_back(std::make_shared<const Entry>(made.entry));
  }
  const auto window = [&](std::size_t first) {
    return std::vector<EntryPtr>(entries.begin() + static_cast<std::ptrdiff_t>(first),
                                 entries.begin() + static_cast<std::ptrdiff_t>(first + 10));
  };
  const auto plan_after = [&](std::size_t newer) {
    Snapshot snapshot;
    snapshot.entries = window(newer);
    return plan_refresh(window(0), snapshot, 0, false);
  };
  CHECK(plan_after(0).terms.empty());
  const RefreshPlan half = plan_after(5);
  CHECK_FALSE(half.rebuild);
  CHECK(half.terms.size() == 10);  // five out, five in
  const RefreshPlan more = plan_after(6);
  CHECK(more.rebuild);
  CHECK(more.terms.size() == 10);  // all of the new window
}
