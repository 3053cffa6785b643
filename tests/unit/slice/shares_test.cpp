// How the engine divides the time of its worker while everybody wants all of it. Shares are counted
// in calls of the backprojection, delays in the time that these calls take.
#include <atomic>
#include <condition_variable>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/slice/metered_backend.h"
#include "tests/unit/slice/stream.h"

using namespace slicecast;
using namespace slicecast::slice;
using namespace slicecast::slice::testing;

namespace {

constexpr std::uint64_t kGroupOfShares = 60;
constexpr double kMillisecond = 1e6;

// A scene that gets a new projection every 20 ms. Everything that happens after it has begun
// happens on the engine's worker, between two of its calls.
class BusyEngine {
 public:
  MeteredBackend backend;
  std::unique_ptr<Engine> engine;

  explicit BusyEngine(int preview_size = 0) {
    EngineOptions options;
    options.backend = &backend;
    options.threads = 1;
    options.refresh_hz = 1000;
    options.preview_hz = 1000;
    options.preview_size = preview_size;
    options.rebuild_interval_s = 0;
    options.clock = metered_clock;
    backend.in_call = [this](MeteredCall call) { called(call); };
    engine = std::make_unique<Engine>(options, [this](Image&& image) { published(image); });
    engine->start(stream_start(kGroupOfShares));
    while (next_id_ < kGroupOfShares) add();
  }
  ~BusyEngine() { engine.reset(); }

  // A slice that is moved on as soon as it is shown.
  void drag(const std::string& id, int size) { dragged_ = slice_target(id, size, 30); }

  // Works for so many calls; those of the first four seconds do not count.
  void run(std::size_t calls) {
    std::unique_lock lock(mutex_);
    most_calls_ = calls;
    const Target first = dragged_.key.empty() ? slice_target("wakes the worker", 1, 30) : dragged_;
    running_ = true;
    engine->set_target(first);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(60), [this] { return !running_; }));
    lock.unlock();
    engine.reset();
  }

  // Of all calls, those of grids with so many rows (of one plane, or of several).
  double share(int rows, bool volume = false) const {
    double found = 0;
    for (std::size_t i = kWarmUp; i < calls_.size(); ++i)
      found += calls_[i].rows == rows && (calls_[i].planes > 1) == volume;
    return found / static_cast<double>(calls_.size() - kWarmUp);
  }
  double longest_wait_ms(const std::string& id) const {
    const auto found = longest_.find("slice/" + id);
    return found == longest_.end() ? 1e9 : static_cast<double>(found->second) / kMillisecond;
  }
  int images(const std::string& id) const {
    const auto found = images_.find("slice/" + id);
    return found == images_.end() ? 0 : found->second;
  }

 private:
  static constexpr std::size_t kWarmUp = 4000;

  void add() {
    MadeProjection made = make_projection(next_id_++, kGroupOfShares);
    engine->add(std::move(made.entry), std::move(made.image));
  }
  // On the worker, between two of its calls.
  void called(MeteredCall call) {
    if (!running_) return;
    calls_.push_back(call);
    if (calls_.size() % 20 == 0) add();
    if (calls_.size() < most_calls_) return;
    std::lock_guard guard(mutex_);
    running_ = false;
    changed_.notify_all();
  }
  void published(const Image& image) {
    const std::string& key = image.target.key;
    const std::int64_t now = metered_now_ns;
    if (!running_) return;
    if (calls_.size() > kWarmUp) {
      ++images_[key];
      if (last_[key] != 0) longest_[key] = std::max(longest_[key], now - last_[key]);
      last_[key] = now;
    }
    if (key != dragged_.key) return;
    ++dragged_.pose_revision;
    engine->set_target(dragged_);
  }

  std::uint64_t next_id_ = 0;
  std::vector<MeteredCall> calls_;
  std::atomic<std::size_t> most_calls_{0};
  std::atomic<bool> running_{false};  // the worker may touch what is here
  Target dragged_;
  std::map<std::string, std::int64_t> last_, longest_;
  std::map<std::string, int> images_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

Target long_volume(int size, int planes) {
  Target slab;
  slab.key = "request/me/1";
  slab.kind = TargetKind::request;
  slab.grid = geometry::volume_grid(size, size, planes, 0.5);
  return slab;
}

}  // namespace

TEST_CASE("a drag without end leaves refreshes a quarter of the work and the preview a twentieth") {
  BusyEngine scene(/*preview_size=*/16);
  for (const char* id : {"a", "b", "c"}) scene.engine->set_target(slice_target(id, 8, 30));
  scene.drag("d", 20);
  scene.run(12000);
  CHECK(scene.share(8) == Approx(0.25).margin(0.03));
  CHECK(scene.share(16, true) == Approx(0.05).margin(0.02));
  CHECK(scene.share(20) > 0.65);
  for (const char* id : {"a", "b", "c"}) CHECK(scene.longest_wait_ms(id) < 500);
}

TEST_CASE(
    "slices that a quarter is not enough for are refreshed within half a second all the same") {
  BusyEngine scene;
  for (const char* id : {"a", "b", "c"}) scene.engine->set_target(slice_target(id, 50, 30));
  scene.drag("d", 20);
  scene.run(12000);
  CHECK(scene.share(50) > 0.3);  // a quarter would be one image of each in 600 ms
  for (const char* id : {"a", "b", "c"}) CHECK(scene.longest_wait_ms(id) < 500);
  CHECK(scene.share(20) > 0.25);
}

TEST_CASE("slices that cannot all be refreshed in time take turns, and leave a drag its quarter") {
  BusyEngine scene(/*preview_size=*/16);
  const std::string all = "abcdefghijkl";
  for (const char id : all) scene.engine->set_target(slice_target({id}, 100, 30));
  scene.drag("z", 20);
  scene.run(20000);
  CHECK(scene.share(20) == Approx(0.25).margin(0.03));
  CHECK(scene.share(16, true) == Approx(0.05).margin(0.02));
  CHECK(scene.share(100) > 0.65);
  const int first = scene.images("a");
  CHECK(first >= 6);
  for (const char id : all) {
    INFO(id << ": " << scene.images({id}));
    CHECK(std::abs(scene.images({id}) - first) <= 1);
  }
}

TEST_CASE("a volume gets a quarter beside slices that want all of the time, which stay in time") {
  BusyEngine scene;
  for (const char* id : {"a", "b", "c"}) scene.engine->set_target(slice_target(id, 50, 30));
  scene.engine->set_target(long_volume(40, 1000));
  scene.run(12000);
  CHECK(scene.share(40, true) == Approx(0.25).margin(0.03));
  for (const char* id : {"a", "b", "c"}) CHECK(scene.longest_wait_ms(id) < 500);
}

TEST_CASE("a pose that is asked for waits for one tile of whatever is under way") {
  MeteredBackend backend;
  EngineOptions options;
  options.backend = &backend;
  options.threads = 1;
  options.preview_size = 0;
  options.rebuild_interval_s = 0;
  options.clock = metered_clock;
  Target long_one = slice_target("long", 700, 30);
  SECTION("a refresh") {}
  SECTION("a slab of a volume") {
    long_one = long_volume(70, 10);
  }
  SECTION("the preview") {
    options.preview_size = 27;
    long_one = {.key = "preview", .kind = TargetKind::preview};
  }
  options.refresh_hz = options.preview_hz = 0;  // at once: this clock stands while nobody works
  Gallery gallery;
  std::unique_ptr<Engine> engine;
  std::atomic<bool> watched{false};
  std::size_t since = 0;
  std::vector<int> rows_after;
  backend.in_call = [&](MeteredCall call) {
    if (!watched) return;
    if (++since > 300) rows_after.push_back(call.rows);
    if (since != 300) return;
    engine->set_target(slice_target("quick", 9, 30));
  };
  engine = std::make_unique<Engine>(options, gallery.publisher());
  engine->start(stream_start(kGroupOfShares));
  const auto add = [&](std::uint64_t id) {
    MadeProjection made = make_projection(id, kGroupOfShares);
    engine->add(std::move(made.entry), std::move(made.image));
  };
  for (std::uint64_t id = 0; id < kGroupOfShares; ++id) add(id);
  // The first image of a slice is on demand itself: what follows is not, and soon that is long ago.
  if (long_one.kind == TargetKind::slice) engine->set_target(long_one);
  if (long_one.kind != TargetKind::request) {
    for (std::uint64_t id = kGroupOfShares; id < kGroupOfShares + 3; ++id) {
      REQUIRE(gallery.wait(long_one.key,
                           [id](const Image& i) { return i.snapshot->newest_id == id - 1; }));
      watched = id == kGroupOfShares + 2;
      add(id);
    }
  } else {
    watched = true;
    engine->set_target(long_one);
  }
  REQUIRE(gallery.wait("slice/quick", [](const Image&) { return true; }));
  engine.reset();
  REQUIRE(rows_after.size() >= 9);
  for (std::size_t i = 0; i < 9; ++i) CHECK(rows_after[i] == 9);
}
