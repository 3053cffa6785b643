#include "common/recon/axis_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/recon/axis_lines.h"
#include "common/recon/axis_mirror.h"
#include "common/recon/axis_slices.h"

namespace slicecast::recon {
namespace {

using axis::Lines;

constexpr int kCoarseHarmonics = 16, kFineHarmonics = 96;
// A pair sees only two moments of the scan: drift in between moves it by some tenths of a pixel on
// real samples (0.4 on a scanned tooth).
constexpr double kPairFloor = 0.3, kMirrorFloor = 0.01;

Result<AxisOffer> from_pair(const Lines& lines, std::stop_token stop) {
  const axis::MirrorPairs pairs(lines);
  if (pairs.empty())
    return Error{Errc::not_found,
                 "no two projections are half a turn apart; the search needs more angles"};
  auto offer = axis::search(lines, pairs, pairs, stop);
  if (!offer) return offer.error();
  offer->method = AxisMethod::pair;
  offer->uncertainty_px = std::hypot(offer->uncertainty_px, kPairFloor * lines.column_scale);
  return offer;
}

Result<AxisOffer> from_full_turn(const Lines& lines, std::stop_token stop) {
  const axis::MirrorHarmonics coarse(lines, kCoarseHarmonics), fine(lines, kFineHarmonics);
  auto offer = axis::search(lines, coarse, fine, stop);
  if (!offer) return offer.error();
  offer->method = AxisMethod::mirror_rays;
  offer->uncertainty_px = std::hypot(offer->uncertainty_px, kMirrorFloor * lines.column_scale);
  return offer;
}

// Whether a slice can be made of these angles at all.
bool covers_a_slice(const Lines& lines) {
  const double needed = std::numbers::pi + 2 * geometry::half_fan_angle(lines.geometry);
  return lines.span_rad + 1.5 * lines.step_rad >= needed;
}

}  // namespace

const char* to_string(AxisMethod method) {
  switch (method) {
    case AxisMethod::pair: return "pair";
    case AxisMethod::slices: return "slices";
    case AxisMethod::mirror_rays: return "mirror_rays";
  }
  return "unknown";
}

Result<AxisOffer> axis_from_pair(const AxisInput& input, std::stop_token stop) {
  const auto lines = axis::reduce(input);
  if (!lines) return lines.error();
  return from_pair(*lines, stop);
}

Result<AxisOffer> find_axis(const AxisInput& input, std::stop_token stop) {
  const auto lines = axis::reduce(input);
  if (!lines) return lines.error();
  if (lines->full_turn()) return from_full_turn(*lines, stop);
  const auto pair = from_pair(*lines, stop);
  if (!pair && pair.error().code == Errc::cancelled) return pair.error();
  // A sample wider than the beam has no negative values to count.
  if (!covers_a_slice(*lines) || lines->truncated()) return pair;

  std::vector<double> starts;
  if (pair) starts.push_back(lines->reduced(pair->column));
  const double mass = axis::axis_from_mass(*lines);
  if (starts.empty() || std::abs(mass - starts.front()) > 1) starts.push_back(mass);
  return axis::search_slices(*lines, starts, stop);
}

namespace {

// Scores of several columns by one measure; points and rays are those around `around`.
Result<std::vector<AxisOffer>> scores(const Lines& lines, const std::vector<double>& columns,
                                      double around, std::stop_token stop) {
  std::vector<AxisOffer> scored;
  for (double column : columns) {
    const double reduced = lines.reduced(column);
    if (!(reduced >= 1 && reduced <= lines.columns - 2))
      return Error{Errc::invalid_argument,
                   "the axis column to score is off the detector; give one that it shows"};
    scored.push_back({.column = column});
  }
  const auto each = [&](AxisMethod method, auto&& measure) {
    for (auto& offer : scored) {
      offer.method = method;
      offer.score = measure(lines.reduced(offer.column));
    }
  };
  if (lines.full_turn()) {
    const axis::MirrorHarmonics harmonics(lines, kFineHarmonics);
    each(AxisMethod::mirror_rays, [&](double c) { return harmonics.at(c).relative(); });
  } else if (covers_a_slice(lines) && !lines.truncated()) {
    const axis::SliceScore slices(lines, lines.reduced(around));
    each(AxisMethod::slices, [&](double c) { return slices.at(c, stop); });
  } else {
    const axis::MirrorPairs pairs(lines);
    if (pairs.empty())
      return Error{Errc::not_found,
                   "no two projections are half a turn apart; the search needs more angles"};
    each(AxisMethod::pair, [&](double c) { return pairs.at(c).relative(); });
  }
  if (stop.stop_requested()) return axis::cancelled();
  return scored;
}

}  // namespace

Result<AxisOffer> score_axis(const AxisInput& input, double column, std::stop_token stop) {
  const auto lines = axis::reduce(input);
  if (!lines) return lines.error();
  const auto scored = scores(*lines, {column}, column, stop);
  if (!scored) return scored.error();
  return scored->front();
}

Result<double> axis_gain(const AxisInput& input, const AxisOffer& offer, double column_in_use,
                         std::stop_token stop) {
  constexpr double kSameColumn = 0.05;
  if (std::abs(offer.column - column_in_use) <= std::max(kSameColumn, offer.uncertainty_px))
    return 0.0;
  const auto lines = axis::reduce(input);
  if (!lines) return lines.error();
  const auto scored = scores(*lines, {column_in_use, offer.column}, offer.column, stop);
  if (!scored) return scored.error();
  const double here = scored->front().score, there = scored->back().score;
  return here > 0 ? 1 - there / here : 0.0;
}

}  // namespace slicecast::recon
