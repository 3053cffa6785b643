#include "services/source/sequence.h"

#include <numbers>

namespace slicecast::source {
namespace {

using ingest::FrameKind;

SequencePlan plan() {
  SequencePlan p;
  p.pass = 4;
  p.angle_of = [](std::uint64_t index) { return 0.5 * static_cast<double>(index); };
  return p;
}

struct Listed {
  std::size_t begins = 0, ends = 0;
  std::vector<FrameStep> projections, darks, flats;
};

Listed list(SequencePlan p, std::size_t most = 1000) {
  Listed listed;
  Sequence sequence(std::move(p));
  while (most-- > 0) {
    const auto step = sequence.next();
    if (!step) break;
    listed.begins += std::holds_alternative<ScanBegins>(*step);
    listed.ends += std::holds_alternative<ScanFinishes>(*step);
    if (const auto* frame = std::get_if<FrameStep>(&*step))
      (frame->kind == FrameKind::dark   ? listed.darks
       : frame->kind == FrameKind::flat ? listed.flats
                                        : listed.projections)
          .push_back(*frame);
  }
  return listed;
}

}  // namespace

TEST_CASE("a plan without projections sends nothing") {
  auto p = plan();
  p.pass = 0;
  CHECK_FALSE(Sequence(p).next());
}

TEST_CASE("a repeated half turn starts a new scan with ids and angles from the beginning") {
  auto p = plan();
  p.repeats = true;
  p.passes = 3;
  p.darks = 1;
  p.flats = 2;
  const auto listed = list(p);
  CHECK(listed.begins == 3);
  CHECK(listed.ends == 3);
  CHECK(listed.darks.size() == 3);
  CHECK(listed.flats.size() == 6);
  REQUIRE(listed.projections.size() == 12);
  CHECK(listed.projections[4].id == 0);
  CHECK(listed.projections[4].angle_rad == 0);
}

TEST_CASE("a repeated full turn goes on in one scan with growing ids and angles") {
  auto p = plan();
  p.repeats = true;
  p.continues = true;
  p.passes = 2;
  p.pass_arc_rad = 2 * std::numbers::pi;
  const auto listed = list(p);
  CHECK(listed.begins == 1);
  CHECK(listed.ends == 1);
  REQUIRE(listed.projections.size() == 8);
  CHECK(listed.projections[5].id == 5);
  CHECK(listed.projections[5].content == 1);
  CHECK(listed.projections[5].angle_rad == 0.5 + 2 * std::numbers::pi);
}

TEST_CASE("flats are renewed in mid-stream and keep counting") {
  auto p = plan();
  p.flats = 2;
  p.flats_every = 2;
  const auto listed = list(p);
  REQUIRE(listed.flats.size() == 4);  // not after the last projection
  CHECK(listed.flats[3].id == 3);
  CHECK(listed.flats[3].content == 3);
}

TEST_CASE("an endless scan never ends and holds no more than is due") {
  auto p = plan();
  p.passes = 0;
  p.continues = true;
  const auto listed = list(p, 1001);
  CHECK(listed.ends == 0);
  REQUIRE(listed.projections.size() == 1000);
  CHECK(listed.projections.back().content == 999);
  CHECK(listed.projections.back().angle_rad == 0.5 * 999);
}

TEST_CASE("a file in interlaced order gets ids in the order of acquisition") {
  auto p = plan();
  p.repeats = true;
  p.order = Order::interlaced;
  const auto listed = list(p);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(listed.projections[i].id == i);
    CHECK(listed.projections[i].angle_rad ==
          0.5 * static_cast<double>(listed.projections[i].content));
  }
  CHECK(listed.projections[1].content != 1);
}

TEST_CASE("a shuffled scan keeps ids, angles and images together") {
  auto p = plan();
  p.pass = 50;
  p.passes = 2;
  p.continues = true;
  p.order = Order::shuffled;
  const auto listed = list(p);
  bool moved = false;
  for (std::size_t i = 0; i < 100; ++i) {
    const auto& frame = listed.projections[i];
    CHECK(frame.id == frame.content);
    CHECK(frame.angle_rad == 0.5 * static_cast<double>(frame.id));
    CHECK(frame.id / 50 == i / 50);  // never across a window
    moved = moved || frame.id != i;
  }
  CHECK(moved);
}

}  // namespace slicecast::source
