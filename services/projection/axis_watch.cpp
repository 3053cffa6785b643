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
constexpr std::int64_t kRestFactorMoving = 4;
constexpr double kLeastGain = 0.02;
constexpr double kLeastShare = 0.2;  // of the fullest row; with less a row is air

// What the sample takes away in a row: noise around zero in air cancels.
double absorbed(const std::vector<float>& image, std::size_t row, std::size_t rows) {
  const std::size_t columns = image.size() / rows;
  double sum = 0;
  for (std::size_t c = 0; c < columns; ++c) {
    const double value = image[row * columns + c];
    if (std::isfinite(value)) sum += value;
  }
  return std::max(sum, 0.0);
}

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

// Parallel beam: the row of each quarter of the height with most sample in it, so that neither air
// nor one dull stretch decides. Cone beam: only the plane through the source is free of artefacts.
Result<std::vector<std::unique_ptr<recon::Processor>>> AxisWatch::rows_to_read(
    const WindowView& view, Lines& lines) {
  const int height = lines.geometry.rows;
  std::vector<std::unique_ptr<recon::Processor>> bands;
  if (height <= kRows || lines.geometry.beam == geometry::Beam::cone) {
    lines.rows = std::min(kRows, height);
    const double middle = geometry::principal_row(view.geometry) - (lines.rows - 1) / 2.0;
    const int first = std::clamp(static_cast<int>(std::lround(middle)), 0, height - lines.rows);
    auto band = view.epoch->band(first, lines.rows);
    if (!band) return band.error();
    bands.push_back(*std::move(band));
    return bands;
  }
  const auto whole = view.epoch->band(0, height);
  if (!whole) return whole.error();
  std::vector<double> mass(static_cast<std::size_t>(height));
  std::vector<float> image(mass.size() * static_cast<std::size_t>(lines.geometry.columns));
  for (const std::size_t at : {std::size_t{0}, view.ids.size() / 2}) {
    const auto frame = pipeline_.raw_frame(view.ids[at]);
    if (!frame) continue;
    (*whole)->line_integrals(frame->pixels->data(), {image.data(), height, lines.geometry.columns});
    for (std::size_t r = 0; r < mass.size(); ++r) mass[r] += absorbed(image, r, mass.size());
  }
  const std::vector<int> chosen = fullest_rows(mass, kRows);
  lines.rows = static_cast<int>(chosen.size());
  for (int row : chosen) {
    auto band = view.epoch->band(row, 1);
    if (!band) return band.error();
    bands.push_back(*std::move(band));
  }
  return bands;
}

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
  auto bands = rows_to_read(view, lines);
  if (!bands) return bands.error();
  const std::size_t columns = static_cast<std::size_t>(lines.geometry.columns);
  const std::size_t pixels = static_cast<std::size_t>(lines.rows) * columns;
  const std::size_t step = (view.ids.size() + kProjections - 1) / kProjections;
  for (std::size_t i = 0; i < view.ids.size(); i += step) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopping"};
    const auto frame = pipeline_.raw_frame(view.ids[i]);
    if (!frame) continue;  // has left the window
    if (frame->matrix)
      return cannot(
          "the axis search is not available for this geometry: frames bring their own matrices; "
          "correct those, or send angles instead");
    lines.values.resize(lines.values.size() + pixels);
    lines.angles.push_back(frame->angle_rad);
    float* values = lines.values.data() + lines.values.size() - pixels;
    for (const auto& band : *bands) {
      band->line_integrals(frame->pixels->data(),
                           {values, band->line_rows(), lines.geometry.columns});
      values += static_cast<std::size_t>(band->line_rows()) * columns;
    }
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
    return cannot(
        "the axis search is not available for this geometry: the scan brings measured vectors, "
        "which say where the axis is; correct those");
  if (std::abs(view.geometry.tilt_rad) > 0.01)
    return cannot(
        "the axis search is not available for this geometry: the axis is tilted (laminography); "
        "set axis_column");
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
    const auto gain = recon::axis_gain(input, *offer, finding.current, stop);
    if (gain) finding.gain = *gain;
  }
  const std::int64_t end = steady_now_ns();
  progress_.spent_ns = end - begun;
  progress_.rest_until_ns = end + kRestFactor * progress_.spent_ns;
  if (!offer) return offer.error();
  return std::optional(finding);
}

void AxisWatch::applied() {
  progress_.rest_until_ns -= (kRestFactor - kRestFactorMoving) * progress_.spent_ns;
}

std::vector<int> fullest_rows(const std::vector<double>& mass, int strips) {
  const auto rows = static_cast<int>(mass.size());
  std::vector<int> chosen;
  double most = 0;
  for (int s = 0; s < strips && s < rows; ++s) {
    const auto first = mass.begin() + rows * s / std::min(strips, rows);
    const auto last = mass.begin() + rows * (s + 1) / std::min(strips, rows);
    const auto fullest = std::max_element(first, last);
    chosen.push_back(static_cast<int>(fullest - mass.begin()));
    most = std::max(most, *fullest);
  }
  std::erase_if(chosen,
                [&](int row) { return mass[static_cast<std::size_t>(row)] < kLeastShare * most; });
  return chosen;
}

bool worth_following(const AxisFinding& finding) {
  const double move = std::abs(finding.offer.column - finding.current);
  return finding.gain > kLeastGain && move > std::max(0.05, 2 * finding.offer.uncertainty_px);
}

}  // namespace slicecast::projection
