#include <algorithm>
#include <numbers>
#include <set>
#include <vector>

#include "common/io/data_exchange_writer.h"
#include "common/io/scan_file.h"
#include "services/source/write_scan.h"
#include "tests/unit/source/fixture.h"

namespace slicecast::source {

using ingest::FrameKind;
using std::numbers::pi;
using namespace test;

TEST_CASE("a simulated scan arrives whole and in order over the native link") {
  const auto got = streamed(small_scan());
  REQUIRE(got.scans.size() == 1);
  CHECK(got.scans[0].geometry.rows == 12);
  CHECK(got.scans[0].geometry.columns == 20);
  CHECK(got.scans[0].pixel_type == PixelType::u16);
  CHECK(got.scans[0].projections == 16);
  CHECK(count(got, FrameKind::dark) == 2);
  CHECK(count(got, FrameKind::flat) == 3);
  const auto ids = projection_ids(got);
  REQUIRE(ids.size() == 16);
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  CHECK(got.frames.back().angle_rad == Approx(15 * pi / 16));
  CHECK(got.frames.back().acquired_ns > got.frames.front().acquired_ns);
  CHECK(got.ends[0].projections == 16);
  CHECK(got.sent.received == 21);
  CHECK(got.sent.done == 21);
  CHECK(got.sent.closes());
}

TEST_CASE("the same seed gives the same bits and another seed others") {
  const auto first = streamed(small_scan());
  const auto again = streamed(small_scan());
  const auto other = streamed(small_scan({{"seed", "2"}}));
  REQUIRE(first.frames.size() == again.frames.size());
  for (std::size_t i = 0; i < first.frames.size(); ++i)
    REQUIRE(same_pixels(first.frames[i].pixels, again.frames[i].pixels));
  CHECK_FALSE(same_pixels(first.frames.back().pixels, other.frames.back().pixels));
}

TEST_CASE("losses and duplicates are wanted, counted and repeatable") {
  const auto with = small_scan({{"projections", "200"}, {"loss", "0.2"}, {"duplicates", "0.1"}});
  const auto got = streamed(with);
  const auto ids = projection_ids(got);
  const std::set<std::uint64_t> unique(ids.begin(), ids.end());
  CHECK(unique.size() > 140);
  CHECK(unique.size() < 180);
  CHECK(ids.size() > unique.size() + 5);
  CHECK(ids.size() < unique.size() + 35);
  CHECK(projection_ids(streamed(with)) == ids);
  const auto shed = static_cast<std::size_t>(metrics::Drop::shed_by_policy);
  CHECK(got.sent.dropped[shed] == 200 - unique.size());
  CHECK(got.sent.closes());
}

TEST_CASE("a shuffled scan brings the same frames in another order") {
  const auto straight = streamed(small_scan());
  const auto shuffled = streamed(small_scan({{"order", "shuffled"}}));
  const auto ids = projection_ids(shuffled);
  CHECK_FALSE(std::is_sorted(ids.begin(), ids.end()));
  for (const auto& frame : shuffled.frames) {
    const auto same = std::ranges::find_if(
        straight.frames, [&](const auto& f) { return f.kind == frame.kind && f.id == frame.id; });
    REQUIRE(same != straight.frames.end());
    CHECK(same_pixels(same->pixels, frame.pixels));
    CHECK(same->angle_rad == frame.angle_rad);
  }
}

TEST_CASE("a written scan holds the frames that are streamed") {
  Scratch scratch;
  const auto path = (scratch.path() / "scan.h5").string();
  CHECK(write_scan(small_scan({{"write", path}}), [] { return true; }).error().code ==
        Errc::cancelled);
  CHECK_FALSE(std::filesystem::exists(path));
  const auto written = write_scan(small_scan({{"write", path}}));
  if (!written) FAIL(written.error().message);
  CHECK(*written == 21);
  const auto direct = streamed(small_scan());
  const auto from_file = streamed(settings({{"file", path}, {"rate", "0"}}));
  REQUIRE(from_file.frames.size() == direct.frames.size());
  for (std::size_t i = 0; i < direct.frames.size(); ++i) {
    CHECK(from_file.frames[i].kind == direct.frames[i].kind);
    CHECK(from_file.frames[i].id == direct.frames[i].id);
    CHECK(same_pixels(from_file.frames[i].pixels, direct.frames[i].pixels));
    if (direct.frames[i].angle_rad)
      CHECK(from_file.frames[i].angle_rad.value() == Approx(*direct.frames[i].angle_rad));
  }
  CHECK(from_file.scans[0].geometry.pixel_mm == direct.scans[0].geometry.pixel_mm);
}

TEST_CASE("line integrals stream as float32 without calibration frames") {
  const auto got = streamed(settings({{"rows", "8"},
                                      {"columns", "10"},
                                      {"scans", "1"},
                                      {"projections", "4"},
                                      {"already_linear", "true"},
                                      {"rate", "0"}}));
  CHECK(got.scans[0].already_linear);
  CHECK(got.scans[0].pixel_type == PixelType::f32);
  CHECK(got.frames.size() == 4);
}

TEST_CASE(
    "a simulated scan of measured vectors shows what the same scan by angles shows, and ends") {
  Scratch scratch;
  Given still{{"rows", "12"},        {"columns", "20"}, {"beam", "cone"}, {"rate", "0"},
              {"frame_time", "0.1"}, {"darks", "2"},    {"flats", "3"},   {"radius", "3"}};
  Given by_angles = still, measured = still;
  for (const auto& [name, text] : Given{
           {"source_axis", "40"}, {"source_detector", "60"}, {"projections", "16"}, {"scans", "1"}})
    by_angles.emplace_back(name, text);
  measured.emplace_back("vectors", vectors_file(scratch, 16));
  const auto got = streamed(settings(measured)), known = streamed(settings(by_angles));
  REQUIRE(got.scans.size() == 1);
  CHECK(got.scans[0].geometry.vectors.size() == 16);
  CHECK(got.scans[0].geometry.pixel_mm == Approx(0.5));
  CHECK(got.scans[0].window.group_size() == 16);
  REQUIRE(got.frames.size() == known.frames.size());
  REQUIRE(got.ends.size() == 1);
  CHECK(got.ends[0].projections == 16);
  for (std::size_t i = 0; i < got.frames.size(); ++i) {
    CHECK(same_pixels(got.frames[i].pixels, known.frames[i].pixels));
    if (got.frames[i].kind != FrameKind::projection) continue;
    CHECK(got.frames[i].angle_rad.value() ==
          Approx(known.frames[i].angle_rad.value()).margin(1e-9));
    CHECK(got.frames[i].matrix.has_value());
  }
}

TEST_CASE(
    "measured vectors are repeated like a file, and a file of them misses only what was lost") {
  Scratch scratch;
  const Given measured{{"rows", "12"},
                       {"columns", "20"},
                       {"beam", "cone"},
                       {"rate", "0"},
                       {"vectors", vectors_file(scratch, 16)}};
  auto twice = measured, lossy = measured;
  twice.emplace_back("scans", "2");
  const auto got = streamed(settings(twice));
  CHECK(got.scans.size() == 1);  // whole turns go on
  CHECK(projection_ids(got).back() == 31);
  CHECK(got.frames.back().matrix.has_value());

  const auto path = (scratch.path() / "lossy.h5").string();
  for (const auto& [name, text] : Given{{"write", path}, {"loss", "0.3"}, {"scans", "2"}})
    lossy.emplace_back(name, text);
  REQUIRE(write_scan(settings(lossy)));
  const auto file = io::ScanFile::open(path);
  REQUIRE(file);
  const auto& d = file->description();
  CHECK(d.projections < 32);
  REQUIRE(d.geometry.vectors.size() == d.projections);
  const auto replayed = streamed(settings({{"file", path}, {"rate", "0"}}));
  const auto at = [&](std::uint64_t id) {
    for (const auto& frame : got.frames)
      if (frame.kind == FrameKind::projection && frame.id == id) return frame;
    return ingest::FrameArrived{};
  };
  std::size_t seen = 0;
  for (const auto& frame : replayed.frames) {
    if (frame.kind != FrameKind::projection) continue;
    CHECK(frame.id == d.ids[seen]);
    const auto original = at(d.ids[seen++]);
    CHECK(same_pixels(frame.pixels, original.pixels));
    for (std::size_t n = 0; n < 12; ++n)
      CHECK(frame.matrix->m[n] == Approx(original.matrix->m[n]).margin(1e-9));
  }
  CHECK(seen == d.projections);
}

TEST_CASE("a file with losses is streamed with the ids of its scan, less the groups before it") {
  Scratch scratch;
  const auto path = scratch.path() / "late.h5";
  io::DataExchangeOptions late;
  late.geometry.rows = late.geometry.columns = 2;
  late.window = {"alternating", "half_turn", 8};
  auto writer = io::DataExchangeWriter::create(path, late);
  REQUIRE(writer);
  const std::vector<std::byte> pixels(8);
  for (const std::uint64_t id : {18, 19, 21, 25, 26})  // its first group began with 16
    REQUIRE(writer->write_projection(id, 0.1 * static_cast<double>(id), pixels));
  REQUIRE(writer->finish());
  const auto got = streamed(settings({{"file", path.string()}, {"rate", "0"}, {"scans", "2"}}));
  CHECK(got.scans[0].projections == 11);
  CHECK(got.scans[0].window.group_size() == 8);
  CHECK(projection_ids(got) == std::vector<std::uint64_t>{2, 3, 5, 9, 10, 2, 3, 5, 9, 10});
}

TEST_CASE("the tooth streams with the counts and angles of its file") {
  const auto got = streamed(settings(
      {{"file", recorded("tooth/tooth.h5").string()}, {"rate", "0"}, {"axis_column", "296"}}));
  CHECK(got.scans[0].geometry.axis_column == 296.0);
  CHECK(got.scans[0].pixel_type == PixelType::f32);
  CHECK(got.scans[0].window.group_size() == 181);
  CHECK(count(got, FrameKind::dark) == 10);
  CHECK(count(got, FrameKind::flat) == 10);
  CHECK(count(got, FrameKind::projection) == 181);
  CHECK(got.frames.back().angle_rad.value() == Approx(179.0055 * pi / 180).epsilon(1e-6));
}

TEST_CASE("k11_diad streams with the counts, angles and kinds of its image_key") {
  const auto path = recorded("k11_diad/k11-18014.nxs");
  const auto got = streamed(settings({{"file", path.string()}, {"rate", "0"}}));
  CHECK(got.scans[0].pixel_type == PixelType::u16);
  CHECK(count(got, FrameKind::dark) == 100);
  CHECK(count(got, FrameKind::flat) == 100);
  CHECK(count(got, FrameKind::projection) == 3001);
  auto file = io::ScanFile::open(path);
  REQUIRE(file);
  const auto& last = got.frames.back();
  CHECK(last.id == 3000);
  CHECK(last.angle_rad == file->description().angles_rad.back());
  CHECK(last.angle_rad.value() == Approx(269.995 * pi / 180).epsilon(1e-5));  // an encoder's
  CHECK(got.scans[0].window.group_size() == 3000);
  auto pixels = Buffer::allocate(file->description().frame_bytes());
  REQUIRE(file->read_projection(3000, {pixels->data(), pixels->size()}));
  CHECK(same_pixels(pixels, last.pixels));
}

TEST_CASE("a repeated full turn goes on as one scan and a half turn starts anew") {
  Scratch scratch;
  const auto path = (scratch.path() / "turn.h5").string();
  REQUIRE(write_scan(small_scan({{"write", path}, {"coverage", "full_turn"}})));
  const auto turn = streamed(settings({{"file", path}, {"scans", "2"}, {"rate", "0"}}));
  CHECK(turn.scans.size() == 1);
  CHECK(projection_ids(turn).back() == 31);
  CHECK(turn.frames.back().angle_rad.value() == Approx(31 * 2 * pi / 16));

  REQUIRE(write_scan(small_scan({{"write", path}})));
  const auto half = streamed(settings({{"file", path}, {"scans", "2"}, {"rate", "0"}}));
  REQUIRE(half.scans.size() == 2);
  CHECK(half.scans[0].scan_id != half.scans[1].scan_id);
  CHECK(projection_ids(half).back() == 15);
}

}  // namespace slicecast::source
