// Line integrals of a few rows of a simulated scan, with the truth about its axis.
#pragma once

#include <vector>

#include "common/recon/axis_search.h"

namespace slicecast::acceptance {

struct LinesCase {
  const char* phantom = "bubbles";
  geometry::Beam beam = geometry::Beam::parallel;
  int columns = 256;
  double offset = 0;      // axis column - (W-1)/2
  double radius_mm = 80;  // of the phantom
  std::vector<double> angles_rad;
  bool noise = false;
  double seconds_per_frame = 0;  // > 0: the sample moves
  std::uint64_t seed = 1;
};

struct SimulatedLines {
  std::vector<float> values;
  std::vector<double> angles_rad;
  recon::AxisInput input;  // points into the two above; hint: the middle column
  double axis_column = 0;
};

Result<SimulatedLines> simulate_lines(const LinesCase& c);

}  // namespace slicecast::acceptance
