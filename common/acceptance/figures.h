// The accuracy that Slicecast promises, each figure by its definition. Tests assert on them,
// `slicecast bench` shows them. Pure functions of nothing but recorded files: deterministic, any
// thread; work spreads over the caller's TBB arena. An error when the scan behind a figure is not
// what it should be (coverage, bodies in view) or a file cannot be read.
#pragma once

#include <filesystem>
#include <vector>

#include "common/acceptance/measures.h"
#include "common/acceptance/simulated_lines.h"
#include "common/recon/backend.h"

namespace slicecast::acceptance {

// Cone beam, 360 projections of 256x256: largest |mean error| of a body over its attenuation.
enum class ConeSlice { mid_plane, z50, z80, oblique };
Result<double> cone_bias(ConeSlice slice);
// The same sample, 720 projections, axis 35 % off centre, mid-plane.
Result<double> offset_axis_bias();

// Half against float store for a phantom of 1e-4 per mm.
Result<double> weak_store_difference();
// cpu backend with this store against the reference with a float store, on a slice tilted by so
// many degrees.
Result<double> cpu_difference(recon::StoreType store, double degrees);

// The Reconstruction Toolkit's Shepp-Logan acceptance.
enum class ToolkitCase { cone, tilted, short_scan, parallel };
Result<Quality> toolkit(ToolkitCase which);

// A seeded tenth of 360 projections left out, against all: RMSE over RMS where the phantom is, and
// over the whole slice.
struct MissingDifference {
  double bodies = 0, slice = 0;
};
Result<MissingDifference> missing_tenth(geometry::Beam beam);

// |mean(r < 0.2 R) - mean(0.7 R < r < 0.8 R)| over the truth, for a cylinder of radius 100 px of
// which 60 are in view.
Result<double> truncated_cup(recon::Padding padding);

// Row 0 of the `tooth` scan, 640x640, against filtered backprojection by definition.
struct ToothDifference {
  double single_store = 0, half_store = 0;
};
Result<ToothDifference> tooth_difference(const std::filesystem::path& file);
// A 200x200 part of it against the right filter and two wrong ones: rows padded to 1024, and |f|
// sampled in the Fourier domain.
struct ToothFilters {
  double right = 0, short_padding = 0, sampled_ramp = 0;
};
Result<ToothFilters> tooth_filters(const std::filesystem::path& file);
// Automatic axis of `tooth` - 296, pixels.
Result<double> tooth_axis_error(const std::filesystem::path& file);
// A row of the `k11_diad` scan with the angles, flats and darks of its file against the definition.
Result<double> diad_difference(const std::filesystem::path& file);

// Simulated scans whose axis is to be found within 0.1 pixels, by the kind of their angles.
enum class AxisAngles { half_turn, tooth, full_turn };
std::vector<LinesCase> axis_cases(AxisAngles angles);
Result<double> axis_error(const LinesCase& c);  // |found - true|, pixels

}  // namespace slicecast::acceptance
