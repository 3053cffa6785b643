#include "common/ingest/recastx_scans.h"

#include <numbers>

namespace slicecast::ingest {
namespace {

RecastxScanConfig config(std::uint64_t per_scan, std::uint32_t group = 4) {
  RecastxScanConfig c;
  c.scan.scan_id = "beamline";
  c.scan.window.set_group_size(group);
  c.angles_per_scan = per_scan;
  return c;
}

RecastxHeader header(std::uint64_t frame, FrameKind kind = FrameKind::projection) {
  RecastxHeader h;
  h.kind = kind;
  h.frame = frame;
  h.rows = 2;
  h.columns = 3;
  h.bytes = 12;
  return h;
}

std::deque<Event> accepted(RecastxScans& scans, const RecastxHeader& h) {
  auto events = scans.accept(h, Buffer::allocate(h.bytes), 1);
  REQUIRE(events);
  return *std::move(events);
}

}  // namespace

TEST_CASE("a recastx link without any angles is refused with the remedy") {
  const auto refused = checked(config(0, 0));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("angle_step") != std::string::npos);
}

TEST_CASE("more angles per scan than the table has are refused") {
  auto c = config(5);
  c.scan.geometry.angle_table_rad = {0, 1, 2};
  CHECK_FALSE(checked(c));
}

TEST_CASE("a frame of another size than the scan's is refused") {
  RecastxScans scans(*checked(config(0)));
  accepted(scans, header(0));
  auto wide = header(1);
  wide.columns = 4;
  const auto events = scans.accept(wide, Buffer::allocate(16), 1);
  REQUIRE_FALSE(events);
  CHECK(events.error().code == Errc::invalid_argument);
}

TEST_CASE("the first frame of whatever kind starts a scan of its size") {
  RecastxScans scans(*checked(config(0)));
  const auto events = accepted(scans, header(0, FrameKind::dark));
  REQUIRE(events.size() == 2);
  const auto& scan = std::get<ScanStarted>(events[0]).scan;
  CHECK(scan.geometry.rows == 2);
  CHECK(scan.geometry.columns == 3);
  CHECK(scan.geometry.angle_step_rad == Approx(std::numbers::pi / 4));
  const auto& frame = std::get<FrameArrived>(events[1]);
  CHECK(frame.kind == FrameKind::dark);
  CHECK(frame.scan_id == scan.scan_id);
  CHECK(accepted(scans, header(0)).size() == 1);
}

TEST_CASE("frame numbers beyond a scan's angles begin the next scan with ids from 0") {
  RecastxScans scans(*checked(config(4)));
  accepted(scans, header(3));
  const auto events = accepted(scans, header(5));
  REQUIRE(events.size() == 3);
  CHECK(std::get<ScanEnded>(events[0]).projections == 1);
  CHECK(std::get<ScanStarted>(events[1]).scan.scan_id != std::get<ScanEnded>(events[0]).scan_id);
  CHECK(std::get<FrameArrived>(events[2]).id == 1);
}

TEST_CASE("a late frame of a finished scan is dropped and does not bring the scan back") {
  RecastxScans scans(*checked(config(4)));
  accepted(scans, header(3));
  accepted(scans, header(4));
  CHECK(accepted(scans, header(2)).empty());
  CHECK(accepted(scans, header(5)).size() == 1);
  CHECK(scans.take_discarded() == 1);
}

TEST_CASE("a sender that counts from 0 again, in order, loses no frame") {
  const auto per_scan = GENERATE(std::uint64_t{0}, std::uint64_t{4});
  RecastxScans scans(*checked(config(per_scan)));
  accepted(scans, header(100000));
  accepted(scans, header(0, FrameKind::dark));
  std::vector<std::uint64_t> ids;
  std::size_t started = 0;
  for (std::uint64_t i = 0; i < 12; ++i)
    for (const auto& event : accepted(scans, header(i))) {
      started += std::holds_alternative<ScanStarted>(event);
      if (const auto* frame = std::get_if<FrameArrived>(&event)) ids.push_back(frame->id);
    }
  CHECK(scans.take_discarded() == 0);
  CHECK(started == (per_scan == 0 ? 1 : 3));
  REQUIRE(ids.size() == 12);
  for (std::uint64_t i = 0; i < 12; ++i) CHECK(ids[i] == (per_scan == 0 ? i : i % per_scan));
}

TEST_CASE("a sender that counts from 0 again with losses is taken for a new scan after a while") {
  const auto per_scan = GENERATE(std::uint64_t{0}, std::uint64_t{4});
  RecastxScans scans(*checked(config(per_scan)));
  accepted(scans, header(100000));
  std::size_t started = 0;
  for (std::uint64_t i = 0; i < 200; ++i)
    for (const auto& event : accepted(scans, header(2 * i)))
      started += std::holds_alternative<ScanStarted>(event);
  const std::uint64_t dropped = scans.take_discarded();
  CHECK(dropped > 0);
  CHECK(dropped < 100);
  CHECK(started >= 1);
}

TEST_CASE("an endless scan continues its angle table by whole arcs") {
  auto c = config(0);
  c.scan.geometry.angle_table_rad = {0, 1, 2};
  RecastxScans scans(*checked(c));
  CHECK_FALSE(std::get<FrameArrived>(accepted(scans, header(2)).back()).angle_rad);
  CHECK(std::get<FrameArrived>(accepted(scans, header(3)).back()).angle_rad == 3.0);
  CHECK(std::get<FrameArrived>(accepted(scans, header(7)).back()).angle_rad == 7.0);
}

}  // namespace slicecast::ingest
