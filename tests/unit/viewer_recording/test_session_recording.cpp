#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/config/program.h"
#include "common/ingest/native_source.h"
#include "common/io/scan_file.h"
#include "services/source/options.h"
#include "services/source/source_service.h"
#include "viewer/link/session_recorder.h"

using namespace slicecast;
using namespace slicecast::viewer;
using Catch::Matchers::Contains;
using ingest::FrameKind;

namespace {

constexpr std::chrono::milliseconds kHang{60000};  // only a hang gets there

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "slicecast-record-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::size_t files() const {
    const std::filesystem::directory_iterator all(path);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
};

ingest::ScanInfo scan(const std::string& id = "one", int rows = 2, int columns = 3) {
  ingest::ScanInfo made;
  made.scan_id = id;
  made.geometry.rows = rows;
  made.geometry.columns = columns;
  made.geometry.angle_step_rad = 0.1;
  return made;
}

ingest::FrameArrived frame(std::uint64_t id, FrameKind kind = FrameKind::projection,
                           const std::string& scan_id = "one", int rows = 2, int columns = 3) {
  ingest::FrameArrived made;
  made.scan_id = scan_id;
  made.kind = kind;
  made.id = id;
  made.rows = rows;
  made.columns = columns;
  auto pixels = Buffer::allocate(static_cast<std::size_t>(rows * columns) * 2);
  std::memset(pixels->data(), static_cast<int>(id % 251), pixels->size());
  made.pixels = std::move(pixels);
  return made;
}

std::unique_ptr<SessionRecording> started(SessionRecording::Options options) {
  auto recording = SessionRecording::start(std::move(options));
  if (!recording) FAIL(recording.error().message);
  return *std::move(recording);
}

config::Settings settings(const std::vector<std::pair<std::string, std::string>>& given) {
  config::Settings made(config::with_common(source::source_options(), "source"));
  for (const auto& [name, text] : given) REQUIRE(made.set_text(name, text));
  return made;
}

}  // namespace

TEST_CASE("recordings that could not be finished are refused before they begin") {
  Folder folder;
  CHECK_FALSE(SessionRecording::start({.path = folder.path / "a.tif"}));
  CHECK_FALSE(SessionRecording::start({.path = folder.path / "none" / "a.h5"}));
  std::ofstream(folder.path / "there.h5") << "precious";
  const auto there = SessionRecording::start({.path = folder.path / "there.h5"});
  REQUIRE_FALSE(there);
  CHECK(there.error().code == Errc::already_exists);
  std::shared_ptr<wire::Context> context = *wire::Context::create({});
  SessionRecorder::Options options;
  options.recording.path = folder.path / "a.h5";
  CHECK_FALSE(SessionRecorder::start(context, std::move(options)));
  CHECK(folder.files() == 1);
}

TEST_CASE("a recording without a projection leaves no file and says so") {
  Folder folder;
  auto recording = started({.path = folder.path / "a.h5"});
  recording->offer(ingest::ScanStarted{scan()});
  recording->offer(frame(0, FrameKind::dark));
  const auto finished = recording->finish();
  REQUIRE_FALSE(finished);
  CHECK_THAT(finished.error().message, Contains("no projection"));
  CHECK(folder.files() == 0);
}

TEST_CASE("frames that do not belong to the scan are counted and left out") {
  Folder folder;
  auto recording = started({.path = folder.path / "a.h5"});
  recording->offer(frame(0));  // before any scan
  recording->offer(ingest::ScanStarted{scan()});
  recording->offer(frame(0));
  recording->offer(frame(1, FrameKind::projection, "other"));
  recording->offer(frame(2, FrameKind::projection, "one", 3, 3));
  auto no_pixels = frame(3);
  no_pixels.pixels = nullptr;
  recording->offer(no_pixels);
  REQUIRE(recording->finish());
  const auto state = recording->state();
  CHECK(state.projections == 1);
  CHECK(state.dropped_wrong_scan == 2);
  CHECK(state.dropped_bad_size == 2);
  CHECK_THAT(state.note, Contains("no flat"));
  recording->offer(frame(4));
  CHECK(recording->state().dropped_failed == 1);
}

TEST_CASE("what the queue has no room for is dropped and counted, and the file stays good") {
  Folder folder;
  auto recording = started({.path = folder.path / "a.h5", .queue_bytes = 100});
  recording->offer(ingest::ScanStarted{scan("one", 8, 8)});
  recording->offer(frame(0, FrameKind::projection, "one", 8, 8));  // 128 bytes: never fits
  CHECK(recording->state().dropped_queue_full == 1);
  recording->offer(ingest::ScanEnded{"one", 1});
  recording->offer(ingest::ScanStarted{scan("two")});
  recording->offer(frame(0, FrameKind::projection, "two"));
  REQUIRE(recording->finish());
  CHECK(recording->state().projections == 1);
  CHECK(recording->state().waiting == 0);
}

TEST_CASE("a gap in a scan of measured vectors leaves every projection its own") {
  Folder folder;
  const auto path = folder.path / "a.h5";
  auto recording = started({.path = path});
  auto measured = scan();
  measured.window.set_mode(v1::ALTERNATING);
  measured.window.set_group_size(4);
  const auto at = [&](int i) { return geometry::projection_at(measured.geometry, 0.1 * i); };
  for (int i = 0; i < 4; ++i) measured.geometry.vectors.push_back(geometry::to_astra(at(i)));
  recording->offer(ingest::ScanStarted{measured});
  recording->offer(frame(1));
  recording->offer(frame(3));
  auto on_the_next_lap = frame(4);
  on_the_next_lap.angle_rad = 0;
  on_the_next_lap.matrix = at(0).matrix;
  recording->offer(std::move(on_the_next_lap));
  REQUIRE(recording->finish());
  const auto file = io::ScanFile::open(path);
  REQUIRE(file);
  const auto& d = file->description();
  CHECK(d.ids == std::vector<std::uint64_t>{1, 3, 4});
  CHECK(d.window.mode == "alternating");
  CHECK(d.window.group_size == 4);
  REQUIRE(d.geometry.vectors.size() == 3);
  CHECK(d.geometry.vectors[0].v == measured.geometry.vectors[1].v);
  CHECK(d.geometry.vectors[1].v == measured.geometry.vectors[3].v);
  const auto last = geometry::from_astra(measured.geometry, d.geometry.vectors[2]).matrix;
  for (std::size_t n = 0; n < 12; ++n) CHECK(last.m[n] == Approx(at(0).matrix.m[n]).margin(1e-9));
}

TEST_CASE("a full disk ends the recording with a clear line and no half file") {
  Folder folder;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 1600000;
  auto recording = started({.path = folder.path / "a.h5"});
  setrlimit(RLIMIT_FSIZE, &small);
  recording->offer(ingest::ScanStarted{scan("one", 256, 256)});
  for (std::uint64_t i = 0; i < 20; ++i)
    recording->offer(frame(i, FrameKind::projection, "one", 256, 256));
  const auto finished = recording->finish();
  setrlimit(RLIMIT_FSIZE, &before);
  REQUIRE_FALSE(finished);
  CHECK_THAT(finished.error().message, Contains("a.h5") && Contains("limit"));
  CHECK(recording->state().dropped_failed > 0);
  CHECK(folder.files() == 0);
}

TEST_CASE("each scan gets a file of its own with a sidecar of the session") {
  Folder folder;
  auto recording = started({.path = folder.path / "a.h5",
                            .describe = [] { return std::string(R"({"scene": {"slices": 2}})"); }});
  for (const char* id : {"one", "two"}) {
    recording->offer(ingest::ScanStarted{scan(id)});
    recording->offer(ingest::ScanStarted{scan(id)});  // announced again to a consumer that returns
    recording->offer(frame(5, FrameKind::projection, id));
    recording->offer(ingest::ScanEnded{id, 1});
  }
  REQUIRE(recording->finish());
  const auto files = recording->state().files;
  REQUIRE(files.size() == 2);
  CHECK(files[1].filename() == "a-2.h5");
  CHECK(folder.files() == 4);
  const auto sidecar = nlohmann::json::parse(std::ifstream(files[1].string() + ".json"));
  CHECK(sidecar["scene"]["slices"] == 2);
  CHECK(sidecar["recording"]["projections"] == 2);
}

TEST_CASE("a simulated scan recorded from its link replays bit for bit as it was") {
  Folder folder;
  const auto simulated = settings({{"rows", "12"},
                                   {"columns", "20"},
                                   {"scans", "1"},
                                   {"projections", "16"},
                                   {"frame_time", "0.1"},
                                   {"darks", "2"},
                                   {"flats", "3"},
                                   {"window_mode", "last_n"},
                                   {"coverage", "full_turn"},
                                   {"group_size", "8"},
                                   {"rate", "0"}});
  std::shared_ptr<wire::Context> context = *wire::Context::create({});
  auto content = source::make_content(simulated);
  REQUIRE(content);
  const auto options = source::streamer_options(simulated, **content, 0x1234);
  REQUIRE(options);
  source::NativeSenderOptions native;
  native.bind = {"inproc://raw"};
  native.instance = 1;
  auto sender = source::make_native_sender(*context, native);
  REQUIRE(sender);
  SessionRecorder::Options recorded;
  recorded.address = (*sender)->addresses().front();
  recorded.recording.path = folder.path / "session.h5";
  auto recorder = SessionRecorder::start(context, std::move(recorded));
  REQUIRE(recorder);
  {
    source::Streamer streamer(*std::move(content), *std::move(sender), *options,
                              std::make_shared<metrics::Ledger>("frames"));
    streamer.start();
    REQUIRE(streamer.wait_until_done(kHang, true));
    REQUIRE((*recorder)->finish());
  }
  const auto state = (*recorder)->state();
  CHECK(state.recording.darks == 2);
  CHECK(state.recording.flats == 3);
  CHECK(state.recording.projections == 16);
  CHECK(state.recording.note.empty());
  CHECK(state.refused == 0);
  REQUIRE(state.recording.files.size() == 1);

  const auto replay = settings({{"file", state.recording.files[0].string()}});
  auto original = source::make_content(simulated);
  auto replayed = source::make_content(replay);
  if (!replayed) FAIL(replayed.error().message);
  REQUIRE((*replayed)->projections() == state.recording.projections);
  CHECK((*replayed)->scan().pixel_type == (*original)->scan().pixel_type);
  CHECK((*replayed)->scan().geometry.pixel_mm == (*original)->scan().geometry.pixel_mm);
  CHECK((*replayed)->scan().geometry.axis_column == (*original)->scan().geometry.axis_column);
  CHECK((*replayed)->scan().window.mode() == v1::LAST_N);
  CHECK((*replayed)->scan().window.coverage() == v1::FULL_TURN);
  CHECK((*replayed)->scan().window.group_size() == 8);
  for (const FrameKind kind : {FrameKind::dark, FrameKind::flat, FrameKind::projection}) {
    const std::uint64_t count = kind == FrameKind::projection ? (*replayed)->projections()
                                : kind == FrameKind::dark     ? 2
                                                              : 3;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto a = (*original)->image(kind, i), b = (*replayed)->image(kind, i);
      REQUIRE(a);
      REQUIRE(b);
      REQUIRE((*a)->size() == (*b)->size());
      REQUIRE(std::memcmp((*a)->data(), (*b)->data(), (*a)->size()) == 0);
      if (kind == FrameKind::projection)
        REQUIRE((*replayed)->angle_of(i) == Approx((*original)->angle_of(i)).margin(1e-12));
    }
  }
}

TEST_CASE("a recording goes on with a source that was started again elsewhere") {
  Folder folder;
  const auto simulated = settings(
      {{"rows", "4"}, {"columns", "8"}, {"scans", "1"}, {"projections", "6"}, {"rate", "0"}});
  std::shared_ptr<wire::Context> context = *wire::Context::create({});
  std::unique_ptr<SessionRecorder> recorder;
  for (const std::uint64_t instance : {1U, 2U}) {
    auto content = source::make_content(simulated);
    REQUIRE(content);
    const auto options = source::streamer_options(simulated, **content, 0x1000 + instance);
    REQUIRE(options);
    source::NativeSenderOptions native;
    native.bind = {"inproc://raw" + std::to_string(instance)};
    native.instance = instance;
    auto sender = source::make_native_sender(*context, native);
    REQUIRE(sender);
    const std::string address = (*sender)->addresses().front();
    if (recorder) {
      recorder->connect(address, {});
    } else {
      SessionRecorder::Options recorded;
      recorded.address = address;
      recorded.recording.path = folder.path / "session.h5";
      auto started = SessionRecorder::start(context, std::move(recorded));
      REQUIRE(started);
      recorder = *std::move(started);
    }
    source::Streamer streamer(*std::move(content), *std::move(sender), *options,
                              std::make_shared<metrics::Ledger>("frames"));
    streamer.start();
    REQUIRE(streamer.wait_until_done(kHang, true));
    if (instance == 2) REQUIRE(recorder->finish());
  }
  const auto state = recorder->state();
  CHECK(state.recording.files.size() == 2);
  CHECK(state.recording.projections == 12);
  CHECK(state.refused == 0);
}
