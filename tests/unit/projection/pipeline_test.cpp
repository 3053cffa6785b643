#include <chrono>
#include <cmath>
#include <future>
#include <latch>
#include <random>
#include <set>
#include <thread>

#include "common/recon/fallback_backend.h"
#include "tests/unit/projection/recorder.h"

using namespace slicecast;
using namespace slicecast::projection;
using namespace slicecast::projection::testing;
using metrics::Drop;

namespace {

std::uint64_t dropped(const Rig& rig, Drop reason) {
  return rig.frames->snapshot().dropped[static_cast<int>(reason)];
}

std::set<std::uint64_t> ids_of(const std::vector<Recorder::Message>& messages) {
  std::set<std::uint64_t> ids;
  for (const auto& message : messages) ids.insert(message.header.filtered().id());
  return ids;
}

v1::FilteredStart last_start(const Rig& rig) {
  v1::FilteredStart start;
  for (const auto& message : rig.link.messages())
    if (message.header.has_filtered_start()) start = message.header.filtered_start();
  return start;
}

std::size_t count_ready(const Rig& rig) {
  std::size_t ready = 0;
  for (const auto& message : rig.link.messages()) ready += message.header.has_epoch_ready();
  return ready;
}

// Makes processors when it is let, as the planner of a long row does.
class SlowBackend final : public recon::FallbackBackend {
 public:
  using FallbackBackend::FallbackBackend;
  Result<std::unique_ptr<recon::Processor>> make_processor(
      const recon::ProcessDesc& desc) const override {
    asked.count_down();
    let.wait();
    return FallbackBackend::make_processor(desc);
  }
  mutable std::latch asked{1}, let{1};
};

// What the design promises of the order on the link.
void check_epoch_order(const Rig& rig) {
  std::uint64_t epoch = 0, ready = 0;
  for (const auto& message : rig.link.messages()) {
    if (message.header.has_filtered_start()) {
      CHECK(message.header.filtered_start().epoch() >= epoch);
      epoch = message.header.filtered_start().epoch();
    } else if (message.header.has_epoch_ready()) {
      ready = message.header.epoch_ready().epoch();
      CHECK(ready == epoch);
    } else if (message.header.has_filtered()) {
      CHECK(message.header.filtered().epoch() == epoch);
      CHECK(message.header.filtered().epoch() >= ready);
    }
  }
}

}  // namespace

TEST_CASE("frames of unknown scans and of other shapes are dropped by reason") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.send(projection_frame(scan, 0));
  CHECK(dropped(rig, Drop::wrong_scan) == 1);
  rig.start(scan);
  rig.send(projection_frame(small_scan("b"), 0));
  CHECK(dropped(rig, Drop::wrong_scan) == 2);
  auto other = scan;
  other.geometry.columns = 20;
  rig.send(projection_frame(other, 1));
  auto signed_pixels = projection_frame(scan, 2);
  signed_pixels.type = PixelType::i16;
  rig.send(signed_pixels);
  CHECK(dropped(rig, Drop::bad_size) == 2);
  rig.settle();
  CHECK(rig.frames->snapshot().closes());
}

TEST_CASE("status is told while a processor is being made") {
  const recon::Backend& cpu = **recon::find_backend("cpu");
  const SlowBackend slow(cpu, cpu, {});
  Recorder link;
  const auto schema = config::with_common(projection_options(), "projection");
  Pipeline pipeline({.backend = &slow,
                     .memory = {.raw = 1 << 20, .filtered = 1 << 20, .queue = 1 << 20, .pool = 0}},
                    config::Settings(schema), link, nullptr,
                    std::make_shared<metrics::Ledger>("frames"),
                    std::make_shared<metrics::Ledger>("refiltered"));
  auto scan = small_scan("a");
  scan.incident_counts = 10000;
  std::jthread receiver([&] { pipeline.accept(ingest::ScanStarted{scan}); });
  slow.asked.wait();
  auto status = std::async(std::launch::async, [&] { return pipeline.status(); });
  CHECK(status.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  slow.let.count_down();
  CHECK(status.get().scan_id == "a");
}

TEST_CASE("contradictory parameters are refused and change nothing") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan);
  rig.send_projections(scan, 0, 5);
  rig.settle();
  const auto before = rig.link.messages().size();
  CHECK_FALSE(rig.set("delta_beta", 100.0));  // no energy, no pixel size needed to know that
  CHECK_FALSE(rig.set("coverage", std::string("short_scan")));
  CHECK_FALSE(rig.set("roi", std::vector<double>{0, 0, 500, 500}));
  CHECK_FALSE(rig.set("axis_column", 4000.0));
  CHECK(rig.link.messages().size() == before);
  rig.send_projections(scan, 5, 1);
  rig.settle();
  CHECK(rig.link.projections().size() == 6);
}

TEST_CASE("filtered projections equal the processor's own output") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan);
  rig.send_projections(scan, 0, 12);
  rig.settle();
  recon::ProcessDesc desc;
  desc.geometry = scan.geometry;
  desc.dark = std::make_shared<recon::FloatImage>(12 * 40, 100.0f);
  desc.flat = std::make_shared<recon::FloatImage>(12 * 40, 10000.0f);
  const auto processor = recon::find_backend("reference").operator*()->make_processor(desc);
  REQUIRE(processor);
  const auto sent = rig.link.projections();
  REQUIRE(sent.size() == 12);
  for (const auto& message : sent) {
    const auto& filtered = message.header.filtered();
    const auto raw = projection_frame(scan, filtered.id());
    std::vector<float> expected(12 * 40);
    (*processor)->filter(raw.pixels->data(), filtered.angle_rad(), {expected.data(), 12, 40});
    const auto got = values(message);
    double error = 0, size = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      error += std::pow(got[i] - expected[i], 2);
      size += std::pow(expected[i], 2);
    }
    CHECK(std::sqrt(error / size) < 5e-4);
    const auto matrix = geometry::projection_at(scan.geometry, filtered.angle_rad()).matrix;
    for (int i = 0; i < 12; ++i) CHECK(filtered.matrix(i) == Approx(matrix.m[i]).margin(1e-12));
    CHECK(message.header.pixels().type() == v1::FLOAT16);
    CHECK(message.header.pixels().scale() == sent.front().header.pixels().scale());
  }
}

TEST_CASE("without a flat frames wait raw, and follow when a flat arrives") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan, /*flats=*/false);
  rig.send_projections(scan, 0, 6);
  rig.settle();
  CHECK(rig.link.projections().empty());
  CHECK(dropped(rig, Drop::no_flat) == 6);
  CHECK(rig.pipeline.status().problem.find("send flats") != std::string::npos);
  rig.send(calibration_frame(scan, ingest::FrameKind::flat, 10000));
  rig.send_projections(scan, 6, 1);
  rig.settle();
  CHECK(ids_of(rig.link.projections()).size() == 7);
  CHECK(rig.pipeline.status().problem.empty());
  CHECK(count_ready(rig) == 1);
  CHECK(rig.frames->snapshot().closes());
  check_epoch_order(rig);
}

TEST_CASE("incident counts take the place of flats, also after the scan has ended") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan, /*flats=*/false);
  rig.send_projections(scan, 0, 6);
  rig.send(ingest::ScanEnded{"a", 6});
  rig.settle();
  REQUIRE(rig.set("incident_counts", 10000.0));
  rig.settle();
  CHECK(ids_of(rig.link.projections()).size() == 6);
}

TEST_CASE("a pixel parameter starts an epoch that repeats the whole window, newest first") {
  Rig rig(1);
  const auto scan = small_scan("a");
  rig.start(scan);
  rig.send_projections(scan, 0, 20);
  rig.settle();
  REQUIRE(rig.set("filter", std::string("hann")));
  rig.settle();
  const auto start = last_start(rig);
  CHECK(start.refilter());
  CHECK(start.parameters_json().find("hann") != std::string::npos);
  const auto again = rig.link.projections(start.epoch());
  REQUIRE(again.size() == 12);
  for (std::size_t i = 0; i < again.size(); ++i) {
    CHECK(again[i].header.filtered().refiltered());
    CHECK(again[i].header.filtered().id() == 19 - i);
  }
  CHECK(rig.link.messages().back().header.has_epoch_ready());
  CHECK(rig.refiltered->snapshot().closes());
  // Whoever joins now gets the new epoch alone, and does not wait for an EpochReady.
  CHECK_FALSE(rig.link.preamble().front().filtered_start().refilter());
  const auto oldest = rig.link.messages()[rig.link.oldest() - 1].header;
  CHECK(oldest.filtered_start().epoch() == start.epoch());
}

TEST_CASE("changes in quick succession during a running scan keep the epochs in order") {
  Rig rig(2);
  const auto scan = small_scan("a");
  rig.start(scan);
  for (std::uint64_t id = 0; id < 400; ++id) {
    rig.send(projection_frame(scan, id));
    if (id % 10 == 3) REQUIRE(rig.set("filter_cutoff", 0.5 + 0.001 * static_cast<double>(id)));
    CHECK(rig.frames->snapshot().closes());
    CHECK(rig.refiltered->snapshot().closes());
  }
  rig.settle();
  check_epoch_order(rig);
  const auto last = rig.link.projections(last_start(rig).epoch());
  const auto ids = ids_of(last);
  for (std::uint64_t id = 388; id < 400; ++id) CHECK(ids.count(id) == 1);
  CHECK(rig.frames->snapshot().done == 400 + 6);
  CHECK(rig.refiltered->snapshot().in_flight == 0);
}

TEST_CASE("without room for raw frames a change converges instead of repeating") {
  Rig rig(2, /*raw_bytes=*/12 * 40 * 2 * 4);
  const auto scan = small_scan("a");
  rig.start(scan);
  rig.send_projections(scan, 0, 20);
  rig.settle();
  REQUIRE(rig.set("filter", std::string("hann")));
  rig.settle();
  CHECK_FALSE(last_start(rig).refilter());
  CHECK(rig.link.projections(last_start(rig).epoch()).empty());
  CHECK(count_ready(rig) == 0);
  rig.send_projections(scan, 20, 3);
  rig.settle();
  CHECK(rig.link.projections(last_start(rig).epoch()).size() == 3);
}

TEST_CASE("flats renewed in mid-stream begin a new epoch") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan);
  rig.send_projections(scan, 0, 6);
  rig.settle();
  const auto first = last_start(rig).epoch();
  rig.send(calibration_frame(scan, ingest::FrameKind::flat, 20000));
  rig.settle();
  CHECK(last_start(rig).epoch() == first);  // the batch may go on
  rig.send_projections(scan, 6, 1);
  rig.settle();
  CHECK(last_start(rig).epoch() > first);
  CHECK(rig.link.projections(last_start(rig).epoch()).size() == 7);
  CHECK(rig.pipeline.status().flats == 1);
  CHECK(rig.pipeline.status().darks == 3);
}

TEST_CASE("an axis change after the end of the scan sends matrices and no pixels") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan);
  rig.send_projections(scan, 0, 12);
  rig.send(ingest::ScanEnded{"a", 12});
  rig.settle();
  const auto before = rig.link.projections().size();
  const auto revision = last_start(rig).geometry_revision();
  REQUIRE(rig.set("axis_column", 17.25));
  rig.settle();
  CHECK(rig.link.projections().size() == before);
  const auto update = rig.link.messages().back().header;
  REQUIRE(update.has_geometry_update());
  CHECK(update.geometry_update().geometry_revision() == revision + 1);
  REQUIRE(update.geometry_update().id_size() == 12);
  auto moved = scan.geometry;
  moved.axis_column = 17.25;
  for (int k = 0; k < 12; ++k) {
    const auto id = update.geometry_update().id(k);
    const auto matrix = geometry::projection_of(moved, id, std::nullopt)->matrix;
    for (int i = 0; i < 12; ++i)
      CHECK(update.geometry_update().matrix(12 * k + i) == Approx(matrix.m[i]).margin(1e-12));
  }
  CHECK(rig.link.preamble().size() == 2);
}

TEST_CASE("an axis change of an offset scan is a new epoch, because weights depend on it") {
  Rig rig;
  auto scan = small_scan("a");
  scan.window.set_coverage(v1::OFFSET_AXIS);
  scan.geometry.axis_column = 12.0;
  rig.start(scan);
  rig.send_projections(scan, 0, 8);
  rig.settle();
  const auto first = last_start(rig);
  CHECK(first.columns() > 40);
  REQUIRE(rig.set("axis_column", 13.0));
  rig.settle();
  CHECK(last_start(rig).epoch() > first.epoch());
  CHECK(rig.link.projections(last_start(rig).epoch()).size() == 8);
}

TEST_CASE("a new scan keeps darks and flats, and drops them only when the shape differs") {
  Rig rig;
  rig.start(small_scan("a"));
  rig.send_projections(small_scan("a"), 0, 5);
  rig.send(ingest::ScanStarted{small_scan("b")});
  rig.send_projections(small_scan("b"), 0, 5);
  rig.settle();
  CHECK(rig.link.projections().size() == 10);
  CHECK(rig.pipeline.status().raw_frames == 5);
  const auto oldest = rig.link.messages()[rig.link.oldest() - 1].header;
  CHECK(oldest.filtered_start().scan_id() == "b");
  auto wide = small_scan("c");
  wide.geometry.columns = 50;
  rig.send(ingest::ScanStarted{wide});
  rig.send(projection_frame(wide, 0));
  rig.settle();
  CHECK(rig.link.projections().size() == 10);
  CHECK(dropped(rig, Drop::no_flat) == 1);
}

TEST_CASE("an axis set for a wider detector does not stop the next scan") {
  Rig rig;
  auto wide = small_scan("a");
  wide.geometry.columns = 100;
  rig.start(wide);
  REQUIRE(rig.set("axis_column", 70.0));
  rig.start(small_scan("b"));
  rig.send(projection_frame(small_scan("b"), 0));
  rig.settle();
  CHECK(rig.pipeline.status().problem.empty());
  CHECK(rig.link.projections().size() == 1);
}

TEST_CASE("losses, duplicates and any order leave a ledger that closes and counts them") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan);
  std::mt19937 random(3);
  std::vector<std::uint64_t> order;
  std::uint64_t lost = 0, twice = 0;
  for (std::uint64_t group = 0; group < 30; ++group) {
    std::vector<std::uint64_t> ids;
    for (std::uint64_t id = 12 * group; id < 12 * (group + 1); ++id) {
      if (random() % 10 == 0 && id != 359) {
        ++lost;
        continue;
      }
      ids.push_back(id);
      if (random() % 10 == 0) {
        ids.push_back(id);
        ++twice;
      }
    }
    std::shuffle(ids.begin(), ids.end(), random);
    order.insert(order.end(), ids.begin(), ids.end());
  }
  for (auto id : order) {
    rig.send(projection_frame(scan, id));
    const auto ledger = rig.frames->snapshot();
    CHECK(ledger.closes());
    CHECK(ledger.expected == ledger.missing + (ledger.expected - ledger.missing));
  }
  rig.send(ingest::ScanEnded{"a", 360});
  rig.settle();
  const auto ledger = rig.frames->snapshot();
  CHECK(ledger.closes());
  CHECK(ledger.in_flight == 0);
  CHECK(ledger.missing == lost);
  CHECK(ledger.expected == 360);
  CHECK(dropped(rig, Drop::duplicate) == twice);
  CHECK(rig.link.projections().size() == 360 - lost);
}

TEST_CASE("a sender that starts the same scan over is taken up again") {
  Rig rig;
  const auto scan = small_scan("a", 60);
  rig.start(scan);
  rig.send_projections(scan, 0, 60);
  rig.send_projections(scan, 0, 60);
  rig.settle();
  CHECK(rig.frames->snapshot().closes());
  CHECK(dropped(rig, Drop::duplicate) < 40);
  CHECK(ids_of(rig.link.projections(last_start(rig).epoch())).count(59) == 1);
}

TEST_CASE("the ring is kept to one window with some slack for disorder") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan);
  rig.send_projections(scan, 0, 300);
  rig.settle();
  std::size_t kept = 0;
  const auto messages = rig.link.messages();
  for (std::size_t i = rig.link.oldest() - 1; i < messages.size(); ++i)
    kept += messages[i].header.has_filtered();
  CHECK(kept >= 12);
  CHECK(kept <= 12 + 16 + 10);
}

TEST_CASE("a short scan weighs each group from its own start") {
  Rig rig;
  auto scan = small_scan("a", 10);
  scan.geometry.beam = geometry::Beam::cone;
  scan.geometry.source_axis_mm = 100;
  scan.geometry.source_detector_mm = 200;
  scan.geometry.angle_step_rad = 0;
  scan.window.set_mode(v1::ALTERNATING);
  scan.window.set_coverage(v1::SHORT_SCAN);
  scan.window.set_group_size(10);
  const double step =
      (std::acos(-1.0) + 2 * geometry::half_fan_angle(scan.geometry)) / scan.window.group_size();
  scan.geometry.angle_step_rad = step;
  rig.start(scan);
  // The same pixels in two groups have the same weights.
  for (std::uint64_t id = 0; id < 20; ++id) {
    auto frame = projection_frame(scan, id % 10);
    frame.id = id;
    rig.send(frame);
  }
  rig.settle();
  std::map<std::uint64_t, std::vector<float>> sent;
  for (const auto& message : rig.link.projections())
    sent[message.header.filtered().id()] = values(message);
  REQUIRE(sent.size() == 20);
  for (std::uint64_t id = 0; id < 10; ++id)
    for (std::size_t i = 0; i < sent[id].size(); ++i)
      CHECK(sent[id][i] == Approx(sent[id + 10][i]).margin(1e-4));
}

TEST_CASE("a sample wider than the beam is told once per epoch, after a refilter") {
  Rig rig;
  const auto scan = small_scan("a");
  rig.start(scan);
  for (std::uint64_t id = 0; id < 8; ++id) {
    auto frame = projection_frame(scan, id);
    const auto wide = calibration_frame(scan, ingest::FrameKind::flat, 4000);
    frame.pixels = wide.pixels;
    rig.send(frame);
  }
  rig.settle();
  CHECK(last_start(rig).values_uncertain());
  REQUIRE(rig.set("filter", std::string("hann")));
  rig.settle();
  CHECK(count_ready(rig) == 1);
  CHECK(last_start(rig).values_uncertain());
  CHECK_FALSE(last_start(rig).refilter());
  CHECK(rig.link.preamble().front().filtered_start().values_uncertain());
  REQUIRE(rig.set("padding", std::string("zero")));
  rig.settle();
  CHECK_FALSE(last_start(rig).values_uncertain());
}

TEST_CASE("a queue that must not hold up its sender drops the oldest frame and counts it") {
  Recorder link;
  const auto schema = config::with_common(projection_options(), "projection");
  const auto frames = std::make_shared<metrics::Ledger>("frames");
  Pipeline pipeline({.backend = *recon::find_backend("reference"),
                     .memory = {.raw = 1 << 20, .filtered = 1 << 20, .queue = 1 << 14, .pool = 0},
                     .threads = 1,
                     .queue_frames = 2,
                     .wait_when_full = false},
                    config::Settings(schema), link, nullptr, frames,
                    std::make_shared<metrics::Ledger>("refiltered"));
  auto scan = small_scan("a", 500);
  scan.incident_counts = 10000;
  pipeline.accept(ingest::ScanStarted{scan});
  for (std::uint64_t id = 0; id < 500; ++id) {
    frames->receive();
    pipeline.accept(projection_frame(scan, id));
    CHECK(frames->snapshot().closes());
  }
  REQUIRE(pipeline.wait_settled(std::chrono::seconds(60)));
  const auto ledger = frames->snapshot();
  CHECK(ledger.done + ledger.dropped[static_cast<int>(Drop::queue_full)] == 500);
  CHECK(ledger.dropped[static_cast<int>(Drop::queue_full)] > 0);
  CHECK(ledger.missing == 0);  // they came
}
