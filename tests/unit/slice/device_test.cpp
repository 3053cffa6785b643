// The engine on a device: what is lost with it, what comes back, and several slices in one call.
#include <cmath>

#include "tests/unit/backend/failing_backend.h"
#include "tests/unit/slice/stream.h"

using namespace slicecast;
using namespace slicecast::slice;
using namespace slicecast::slice::testing;
using recon::testing::Card;
using recon::testing::FailingBackend;

namespace {

constexpr std::uint64_t kGroupOfDevice = 24;

// An engine on a card, and cpu beside it.
struct OnCard {
  Card card;
  FailingBackend device{card};
  Gallery gallery;
  std::atomic<int> asked_again{0};
  std::unique_ptr<Engine> engine;

  explicit OnCard(bool replaced = true, int threads = 2) {
    EngineOptions options;
    options.backend = &device;
    options.memory_bytes = std::size_t{64} << 20;
    options.threads = threads;
    options.refresh_hz = 1000;
    options.preview_size = 0;
    options.rebuild_interval_s = 0;
    if (replaced)
      options.replacement = [](const recon::Backend&) -> const recon::Backend& {
        return backend("cpu");
      };
    options.ask_again = [this] { ++asked_again; };
    engine = std::make_unique<Engine>(options, gallery.publisher());
    engine->start(stream_start(kGroupOfDevice));
  }
  ~OnCard() { engine.reset(); }

  // As the slice server does: stored by the engine's backend of the moment.
  Inserted add(std::uint64_t id) {
    MadeProjection made = make_projection(id, kGroupOfDevice);
    const recon::Backend& by = engine->backend();
    const int rows = made.image->rows(), columns = made.image->columns();
    std::vector<float> pixels;
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) pixels.push_back(made.image->value(r, c));
    auto image =
        by.store({pixels.data(), rows, columns}, recon::StoreType::single_precision, 1, nullptr);
    return engine->add(std::move(made.entry), std::move(image), &by);
  }
  void add(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t id = first; id < last; ++id) add(id);
  }
  bool shows(const std::string& id, std::uint64_t newest, Image* out = nullptr) {
    return gallery.wait(
        "slice/" + id, [&](const Image& image) { return image.snapshot->newest_id == newest; },
        out);
  }
};

// What an engine that only knows cpu shows of the same window.
Image on_cpu(std::uint64_t first, std::uint64_t last, const Target& target) {
  Gallery gallery;
  EngineOptions options;
  options.backend = &backend("cpu");
  options.preview_size = 0;
  Engine engine(options, gallery.publisher());
  engine.start(stream_start(kGroupOfDevice));
  for (std::uint64_t id = first; id < last; ++id) {
    MadeProjection made = make_projection(id, kGroupOfDevice);
    engine.add(std::move(made.entry), std::move(made.image));
  }
  engine.set_target(target);
  Image image;
  REQUIRE(gallery.wait(
      target.key, [&](const Image& one) { return one.snapshot->newest_id == last - 1; }, &image));
  return image;
}

bool finite(const Image& image) {
  const auto& grid = image.target.grid;
  const float* values = image.pixels->as<float>();
  return std::all_of(values, values + grid.planes * grid.rows * grid.columns,
                     [](float value) { return std::isfinite(value); });
}

}  // namespace

TEST_CASE("Without anything to go on with, a lost device ends the images and nothing else") {
  OnCard on(/*replaced=*/false);
  on.engine->set_target(slice_target("a"));
  on.add(0, kGroupOfDevice);
  REQUIRE(on.shows("a", kGroupOfDevice - 1));
  on.card.lost = true;
  CHECK(on.add(kGroupOfDevice) == Inserted::failed);
  CHECK_FALSE(on.engine->has_scan());
  CHECK(on.asked_again == 0);
}

TEST_CASE("An image that the lost device made is not taken once another computes") {
  OnCard on;
  MadeProjection made = make_projection(0, kGroupOfDevice);
  on.card.lost = true;
  CHECK(on.add(1) == Inserted::failed);
  CHECK(&on.engine->backend() == &backend("cpu"));
  auto image = std::make_shared<const recon::testing::CardImage>(made.image);
  CHECK(on.engine->add(std::move(made.entry), std::move(image), &on.device) == Inserted::failed);
  CHECK(on.asked_again == 1);
}

TEST_CASE("A device lost in the middle of a slice costs no slice: old, then whole again") {
  OnCard on;
  on.engine->set_target(slice_target("a"));
  on.engine->set_target(slice_target("b", 24, 30, 1, 2));
  on.add(0, kGroupOfDevice);
  Image before;
  REQUIRE(on.shows("a", kGroupOfDevice - 1, &before));
  REQUIRE(on.shows("b", kGroupOfDevice - 1));

  on.card.calls_left = 3;  // a few projections are stored or summed, then it goes
  std::uint64_t id = kGroupOfDevice;
  while (on.asked_again == 0) on.add(id++);
  CHECK(on.asked_again == 1);
  CHECK(&on.engine->backend() == &backend("cpu"));

  // The window comes again; until it is whole nothing new is made of it.
  on.add(id - kGroupOfDevice, id - 4);
  CHECK(on.engine->window_size() == 0);
  on.add(id - 4, id);
  on.engine->restored();
  Image after;
  REQUIRE(on.shows("a", id - 1, &after));
  CHECK(after.version > before.version);
  CHECK(relative_rms(after, on_cpu(id - kGroupOfDevice, id, slice_target("a"))) < 1e-6);
  REQUIRE(on.shows("b", id - 1, &after));
  CHECK(relative_rms(after, on_cpu(id - kGroupOfDevice, id, slice_target("b", 24, 30, 1, 2))) <
        1e-6);
}

TEST_CASE("Every image that is published while the device goes is a right one") {
  for (int calls : {1, 2, 5, 9, 17, 30}) {
    OnCard on;
    std::atomic<int> wrong{0};
    on.engine->set_target(slice_target("a"));
    on.add(0, kGroupOfDevice);
    REQUIRE(on.shows("a", kGroupOfDevice - 1));
    on.card.calls_left = calls;
    std::uint64_t id = kGroupOfDevice;
    while (on.asked_again == 0) {
      on.add(id++);
      on.gallery.wait("slice/a", [&](const Image& image) {
        wrong += !finite(image);
        return true;
      });
    }
    on.add(id - kGroupOfDevice, id);
    on.engine->restored();
    Image after;
    REQUIRE(on.shows("a", id - 1, &after));
    CHECK(wrong == 0);
    CHECK(relative_rms(after, on_cpu(id - kGroupOfDevice, id, slice_target("a"))) < 1e-6);
  }
}

TEST_CASE("A request that waits while the window comes again is answered from all of it") {
  OnCard on;
  on.add(0, kGroupOfDevice);
  on.card.lost = true;
  CHECK(on.add(kGroupOfDevice) == Inserted::failed);
  Target once = slice_target("x");
  once.key = "request/me/1";
  once.kind = TargetKind::request;
  on.engine->set_target(once);
  on.add(0, kGroupOfDevice);
  on.engine->restored();
  Image answer;
  REQUIRE(on.gallery.wait(
      once.key, [](const Image&) { return true; }, &answer));
  CHECK(answer.snapshot->entries.size() == kGroupOfDevice);
}

TEST_CASE("Refreshes of several small slices share calls, and give what each alone gives") {
  OnCard on(/*replaced=*/true, /*threads=*/1);
  on.card.updates_per_call = std::size_t{1} << 30;
  for (const char* id : {"a", "b", "c", "d"})
    on.engine->set_target(slice_target(id, 16 + id[0] % 5, 30, 1, id[0] - 'b'));
  on.add(0, kGroupOfDevice);
  for (const char* id : {"a", "b", "c", "d"}) REQUIRE(on.shows(id, kGroupOfDevice - 1));
  on.add(kGroupOfDevice, kGroupOfDevice + 4);
  for (const char* id : {"a", "b", "c", "d"}) {
    Image image;
    REQUIRE(on.shows(id, kGroupOfDevice + 3, &image));
    const Target alone = slice_target(id, 16 + id[0] % 5, 30, 1, id[0] - 'b');
    CHECK(relative_rms(image, on_cpu(4, kGroupOfDevice + 4, alone)) < 1e-5);
  }
  CHECK(on.card.largest_batch >= 2);
  const EngineCounts counts = on.engine->counts();
  CHECK(counts.pieces > counts.calls);
  CHECK(on.card.demands > 0);  // the first image of each is on demand
}

TEST_CASE("A call holds no more than the backend asks for") {
  OnCard on(/*replaced=*/true, /*threads=*/1);
  on.card.updates_per_call = 1;  // less than any piece: one at a time
  for (const char* id : {"a", "b", "c"}) on.engine->set_target(slice_target(id));
  on.add(0, kGroupOfDevice);
  for (const char* id : {"a", "b", "c"}) REQUIRE(on.shows(id, kGroupOfDevice - 1));
  CHECK(on.card.largest_batch == 1);
}

TEST_CASE("A volume in pieces of several planes is the volume plane by plane") {
  OnCard on;
  on.add(0, kGroupOfDevice);
  Target once = slice_target("x", 10, 24);
  once.key = "request/me/1";
  once.kind = TargetKind::request;
  once.grid.planes = 7;
  once.grid.step_plane = {0, 0, 1};
  on.engine->set_target(once);
  Image volume;
  REQUIRE(on.gallery.wait(
      once.key, [](const Image&) { return true; }, &volume));
  CHECK(relative_rms(volume, on_cpu(0, kGroupOfDevice, once)) < 1e-6);
}

TEST_CASE("A device's own memory bounds the window") {
  OnCard on;
  const MadeProjection made = make_projection(0, kGroupOfDevice);
  on.card.store_limit = 12 * made.image->bytes();
  on.add(0, 2 * kGroupOfDevice);
  CHECK(on.engine->stored_bytes() <= on.card.store_limit);
  CHECK(on.engine->counts().thinned > 0);
}
