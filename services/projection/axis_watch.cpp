#include "services/projection/axis_watch.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/base/clock.h"

namespace slicecast::projection {
namespace {

constexpr int kRows = 4;                   // as many as the search reads
constexpr std::size_t kProjections = 512;  // the same
constexpr std::int64_t kRestFactor = 20;   // time off per time spent
constexpr double kLeastGain = 0.02;

Error cannot(const char* why) {
  return {Errc::unsupported, why};
}

}  // namespace

struct AxisWatch::Lines {
  std::vector<float> values;
  std::vector<double> angles;
  geometry::ScanGeometry geometry;
  int rows = 0;

  recon::AxisInput input() const {
    return {.lines = values,
            .projections = static_cast<int>(angles.size()),
            .rows = rows,
            .columns = geometry.columns,
            .angles_rad = angles,
            .geometry = geometry};
  }
};

Result<AxisWatch::Lines> AxisWatch::read_lines(const WindowView& view, std::stop_token stop) {
  const geometry::ScanGeometry& g = view.geometry;
  Lines lines;
  lines.geometry = g;
  lines.geometry.rows = geometry::upright_rows(g);
  lines.geometry.columns = geometry::upright_columns(g);
  lines.geometry.transpose = lines.geometry.flip_u = lines.geometry.flip_v = false;
  lines.geometry.tilt_rad = lines.geometry.roll_rad = lines.geometry.pitch_rad = 0;
  lines.geometry.angle_table_rad.clear();
  lines.rows = std::min(kRows, lines.geometry.rows);
  // Only the plane through the source is free of cone artefacts.
  const double middle = geometry::principal_row(g) - (lines.rows - 1) / 2.0;
  const int first =
      std::clamp(static_cast<int>(std::lround(middle)), 0, lines.geometry.rows - lines.rows);
  auto band = view.epoch->band(first, lines.rows);
  if (!band) return band.error();
  const std::size_t pixels = static_cast<std::size_t>(lines.rows) * lines.geometry.columns;
  const std::size_t step = (view.ids.size() + kProjections - 1) / kProjections;
  for (std::size_t i = 0; i < view.ids.size(); i += step) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopping"};
    const auto frame = pipeline_.raw_frame(view.ids[i]);
    if (!frame) continue;  // has left the window
    if (frame->matrix) return cannot("frames bring their own matrices: there is no axis to find");
    lines.values.resize(lines.values.size() + pixels);
    lines.angles.push_back(frame->angle_rad);
    float* values = lines.values.data() + lines.values.size() - pixels;
    (*band)->line_integrals(frame->pixels->data(), {values, lines.rows, lines.geometry.columns});
  }
  return lines;
}

Result<std::optional<AxisFinding>> AxisWatch::look(const WindowView& view, bool now,
                                                   std::stop_token stop) {
  const auto nothing = std::optional<AxisFinding>();
  if (!view.epoch) {
    return Error{Errc::unavailable, "no projections can be processed yet; start a scan first"};
  }
  if (view.epoch->spec().scan_id != progress_.scan_id)
    progress_ = {.scan_id = view.epoch->spec().scan_id};
  if (!view.geometry.vectors.empty())
    return cannot("the scan brings measured vectors: there is no axis to find");
  if (std::abs(view.geometry.tilt_rad) > 0.01)
    return cannot("the axis of a tilted (laminography) scan is not searched; set axis_column");
  if (view.ids.size() < 2) {
    return Error{Errc::not_found, "too few projections yet; ask again when half a turn has come"};
  }
  const std::uint64_t newest = view.ids.front();
  const bool window_passed =
      !progress_.window_searched ||
      newest >= progress_.newest_searched + view.epoch->spec().window.group_size;
  const bool due = view.full ? window_passed
                             : !progress_.pair_found && view.ids.size() != progress_.frames_tried;
  if (!now && (!due || steady_now_ns() < progress_.rest_until_ns)) return nothing;

  const std::int64_t begun = steady_now_ns();
  progress_.frames_tried = view.ids.size();
  const auto lines = read_lines(view, stop);
  if (!lines) return lines.error();
  if (lines->angles.size() < 2) return nothing;
  const recon::AxisInput input = lines->input();
  auto offer = view.full ? recon::find_axis(input, stop) : recon::axis_from_pair(input, stop);
  if (!offer && view.full) offer = recon::axis_from_pair(input, stop);
  if (view.full) {
    progress_.window_searched = true;
    progress_.newest_searched = newest;
  }
  if (offer) progress_.pair_found = true;
  AxisFinding finding;
  if (offer) {
    finding = {.scan_id = progress_.scan_id,
               .offer = *offer,
               .current = geometry::axis_column(view.geometry),
               .projections = lines->angles.size()};
    const auto here = recon::score_axis(input, finding.current, stop);
    const auto there = recon::score_axis(input, offer->column, stop);
    if (here && there && here->score > 0) finding.gain = 1 - there->score / here->score;
  }
  const std::int64_t spent = steady_now_ns() - begun;
  progress_.rest_until_ns = begun + spent + kRestFactor * spent;
  if (!offer) return offer.error();
  return std::optional(finding);
}

bool worth_following(const AxisFinding& finding) {
  const double move = std::abs(finding.offer.column - finding.current);
  return finding.gain > kLeastGain && move > std::max(0.05, 2 * finding.offer.uncertainty_px);
}

}  // namespace slicecast::projection
