// Where the rotation axis shows on the detector, found from the line integrals of a few detector
// rows. Pure functions of their input: any thread, deterministic, no state. Cost is bounded: wide
// rows are binned to at most 1024 columns, at most 512 projections and 4 rows are read, one slice
// has at most 128x128 points; a stop request is honoured within a few ms with `cancelled`.
//
// Half a turn of parallel beam: the axis whose slice has the least negative attenuation (Donath et
// al. 2006, J. Opt. Soc. Am. A 23, 1048), started from a mirrored pair of projections.
// A full turn (parallel or cone) measures every ray twice, and averaging both hides a wrong axis
// from any measure on slices; there the two measurements are compared, by angular harmonics, so
// that no interpolation between angles is needed.
#pragma once

#include <optional>
#include <span>
#include <stop_token>

#include "common/base/error.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::recon {

struct AxisInput {
  // [projection][row][column] line integrals. Cone beam: rows next to the source's height.
  std::span<const float> lines;
  int projections = 0, rows = 0, columns = 0;
  std::span<const double> angles_rad;  // unwrapped, one per projection, any order
  // Upright detector, untilted; its axis column is only a hint. No measured vectors.
  geometry::ScanGeometry geometry;
  // Upright detector column = column_origin + column_scale * line column (region, binning).
  double column_origin = 0, column_scale = 1;
};

enum class AxisMethod { pair, slices, mirror_rays };
const char* to_string(AxisMethod method);

struct AxisOffer {
  double column = 0;  // of the upright, unbinned, uncropped detector, 0-based
  // Of that column, lower is better: slices: negative share of the total absolute attenuation;
  // pair, mirror_rays: squared mismatch of mirrored rays over their energy (0 equal, 1 unrelated).
  double score = 0;
  double uncertainty_px = 0;  // one standard deviation, upright detector pixels
  AxisMethod method = AxisMethod::pair;
};

// From the pairs of projections half a turn apart, as soon as there is one (within one and a half
// steps of exactly opposite; extrapolated to it from the neighbouring angle). `not_found` before.
Result<AxisOffer> axis_from_pair(const AxisInput& input, std::stop_token stop = {});

// The best offer from a whole window: half a turn (parallel), pi + fan (cone) or a full turn.
Result<AxisOffer> find_axis(const AxisInput& input, std::stop_token stop = {});

// Score of one column by the measure that find_axis would use on this window; watched live, it
// rises when the axis drifts.
Result<AxisOffer> score_axis(const AxisInput& input, double column, std::stop_token stop = {});

// Share by which the offer's score is better than that of the column in use, both measured on the
// same rays or points. 0 when they are the same column within the offer's uncertainty (at least
// 0.05 px): near the minimum the score itself is so small that any hair of a column halves it.
Result<double> axis_gain(const AxisInput& input, const AxisOffer& offer, double column_in_use,
                         std::stop_token stop = {});

}  // namespace slicecast::recon
