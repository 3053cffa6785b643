#include "common/ingest/recastx_scans.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

namespace slicecast::ingest {
namespace {

// Late frames of the scan before come in small numbers; a restarted sender never stops.
constexpr std::uint64_t kRestartRun = 64;
// Late frames hardly come in order; these are held meanwhile, so that none is lost.
constexpr std::size_t kConsecutiveRun = 8;

double window_arc(const ScanInfo& scan) {
  switch (scan.window.coverage()) {
    case v1::HALF_TURN: return std::numbers::pi;
    case v1::SHORT_SCAN: return std::numbers::pi + 2 * geometry::half_fan_angle(scan.geometry);
    case v1::FULL_TURN:
    case v1::OFFSET_AXIS: return 2 * std::numbers::pi;
    default:
      return scan.geometry.beam == geometry::Beam::cone ? 2 * std::numbers::pi : std::numbers::pi;
  }
}

// In an endless scan, frames further behind the newest than this are not merely out of order.
std::uint64_t reorder_window(const ScanInfo& scan) {
  const std::uint64_t group = scan.window.group_size();
  return group == 0 ? 1024 : std::max<std::uint64_t>(kRestartRun, 2 * group);
}

}  // namespace

Result<RecastxScanConfig> checked(RecastxScanConfig config) {
  auto& g = config.scan.geometry;
  if (config.scan.scan_id.empty()) config.scan.scan_id = "recastx";
  if (!g.vectors.empty()) return config;
  if (g.angle_table_rad.empty() && g.angle_step_rad == 0) {
    if (config.scan.window.group_size() == 0) {
      return Error{Errc::invalid_argument,
                   "the recastx dialect carries no angles; give angle_step, an angle table, or "
                   "group_size"};
    }
    if (config.scan.window.coverage() == v1::SHORT_SCAN && g.columns == 0) {
      return Error{
          Errc::invalid_argument,
          "the fan angle of a short scan depends on the detector; give rows and columns, or "
          "angle_step"};
    }
    g.angle_step_rad = window_arc(config.scan) / config.scan.window.group_size();
  }
  if (!g.angle_table_rad.empty() && config.angles_per_scan > g.angle_table_rad.size()) {
    return Error{Errc::invalid_argument,
                 fmt::format("angles_per_scan is {} but the angle table has {} entries",
                             config.angles_per_scan, g.angle_table_rad.size())};
  }
  return config;
}

std::optional<double> RecastxScans::angle_of(std::uint64_t id) const {
  const auto& table = config_.scan.geometry.angle_table_rad;
  // Left to geometry::angle_of; only a table that the endless scan has outrun is continued here.
  if (table.size() < 2 || id < table.size()) return std::nullopt;
  const double step = (table.back() - table.front()) / static_cast<double>(table.size() - 1);
  const double arc = step * static_cast<double>(table.size());
  return table[id % table.size()] + arc * static_cast<double>(id / table.size());
}

Result<void> RecastxScans::begin(std::uint64_t scan_number, const RecastxHeader& header,
                                 std::deque<Event>& events) {
  ScanInfo scan = config_.scan;
  if (scan.geometry.rows == 0) scan.geometry.rows = header.rows;
  if (scan.geometry.columns == 0) scan.geometry.columns = header.columns;
  if (auto valid = geometry::validate(scan.geometry); !valid) return valid.error();
  scan.pixel_type = header.type;
  scan.projections = config_.angles_per_scan;
  scan.scan_id += fmt::format("-{}", scan_number);
  if (restarts_ > 0) scan.scan_id += fmt::format("r{}", restarts_);
  if (running_) events.push_back(ScanEnded{current_.scan_id, projections_});
  current_ = scan;
  scan_number_ = scan_number;
  running_ = true;
  projections_ = 0;
  newest_frame_ = 0;
  events.push_back(ScanStarted{std::move(scan)});
  return {};
}

bool RecastxScans::hold(const RecastxHeader& header, ConstBufferPtr pixels,
                        std::int64_t acquired_ns) {
  if (!held_.empty() && header.frame != held_.back().header.frame + 1) discard_held();
  held_.push_back({header, std::move(pixels), acquired_ns});
  return ++old_frames_in_a_row_ >= kRestartRun || held_.size() >= kConsecutiveRun;
}

void RecastxScans::discard_held() {
  discarded_ += held_.size();
  held_.clear();
}

Result<std::deque<Event>> RecastxScans::begin_again() {
  const auto first = std::exchange(held_, {});
  old_frames_in_a_row_ = 0;
  ++restarts_;
  std::deque<Event> events;
  const std::uint64_t per_scan = config_.angles_per_scan;
  const auto& header = first.front().header;
  if (auto begun = begin(per_scan > 0 ? header.frame / per_scan : 0, header, events); !begun) {
    discarded_ += first.size() - 1;
    return begun.error();
  }
  for (const Held& held : first) {
    auto more = accept(held.header, held.pixels, held.acquired_ns);
    if (!more) {
      ++discarded_;
      continue;
    }
    std::ranges::move(*more, std::back_inserter(events));
  }
  return events;
}

Result<std::deque<Event>> RecastxScans::accept(const RecastxHeader& header, ConstBufferPtr pixels,
                                               std::int64_t acquired_ns) {
  std::deque<Event> events;
  const bool projection = header.kind == FrameKind::projection;
  const std::uint64_t per_scan = config_.angles_per_scan;
  // Darks and flats count on their own and belong to whatever scan runs.
  const std::uint64_t scan_number =
      projection ? (per_scan > 0 ? header.frame / per_scan : 0) : scan_number_;
  // An endless scan shows a sender that counts from 0 again by a jump back beyond any reordering.
  const bool old =
      projection && running_ &&
      (scan_number < scan_number_ || (per_scan == 0 && newest_frame_ > header.frame &&
                                      newest_frame_ - header.frame > reorder_window(config_.scan)));
  if (old) {
    if (hold(header, std::move(pixels), acquired_ns)) return begin_again();
    return events;
  }
  if (projection) {
    discard_held();
    old_frames_in_a_row_ = 0;
  }
  if (!running_ || (projection && scan_number > scan_number_))
    if (auto begun = begin(scan_number, header, events); !begun) return begun.error();
  if (header.rows != current_.geometry.rows || header.columns != current_.geometry.columns) {
    return Error{
        Errc::invalid_argument,
        fmt::format("a frame of {} x {} pixels in a scan of {} x {}; configure the size that "
                    "the detector sends",
                    header.rows, header.columns, current_.geometry.rows,
                    current_.geometry.columns)};
  }
  FrameArrived frame;
  frame.scan_id = current_.scan_id;
  frame.kind = header.kind;
  frame.id = projection && per_scan > 0 ? header.frame % per_scan : header.frame;
  if (projection) {
    frame.angle_rad = angle_of(frame.id);
    ++projections_;
    newest_frame_ = std::max(newest_frame_, header.frame);
  }
  frame.type = header.type;
  frame.rows = header.rows;
  frame.columns = header.columns;
  frame.acquired_ns = acquired_ns;
  frame.pixels = std::move(pixels);
  events.push_back(std::move(frame));
  return events;
}

}  // namespace slicecast::ingest
