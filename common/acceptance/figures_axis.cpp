#include <cmath>

#include "common/acceptance/figures.h"
#include "common/acceptance/simulated_scan.h"
#include "common/recon/axis_search.h"

namespace slicecast::acceptance {

using geometry::Beam;

std::vector<LinesCase> axis_cases(AxisAngles angles) {
  std::vector<LinesCase> cases;
  const auto both_noises = [&](LinesCase c) {
    c.noise = false;
    cases.push_back(c);
    c.noise = true;
    cases.push_back(c);
  };
  switch (angles) {
    case AxisAngles::half_turn:
      for (const char* phantom : {"bubbles", "ellipsoids"})
        for (double offset : {-40.0, -17.3, 0.37, 40.0})
          both_noises({.phantom = phantom, .offset = offset, .angles_rad = equal_steps(60, M_PI)});
      cases.push_back({.offset = 23.1, .angles_rad = equal_steps(360, M_PI), .noise = true});
      break;
    case AxisAngles::tooth:
      // 181 over 0 to 179.0055 degrees, no pair exactly opposite.
      for (double offset : {-33.3, 12.9}) {
        cases.push_back({.offset = offset, .angles_rad = equal_steps(181, M_PI)});
        cases.push_back({.phantom = "ellipsoids",
                         .offset = offset,
                         .angles_rad = equal_steps(181, M_PI),
                         .noise = true});
      }
      break;
    case AxisAngles::full_turn:
      for (Beam beam : {Beam::parallel, Beam::cone})
        for (const char* phantom : {"bubbles", "ellipsoids"})
          for (double offset : {-40.0, 0.37, 28.4}) {
            LinesCase c{.phantom = phantom,
                        .beam = beam,
                        .offset = offset,
                        .angles_rad = equal_steps(120, 2 * M_PI)};
            cases.push_back(c);
            c.angles_rad = equal_steps(60, 2 * M_PI);
            c.noise = true;
            cases.push_back(c);
          }
      cases.push_back({.beam = Beam::cone,
                       .offset = -21.2,
                       .angles_rad = equal_steps(360, 2 * M_PI),
                       .noise = true});
      break;
  }
  return cases;
}

Result<double> axis_error(const LinesCase& c) {
  const auto scan = simulate_lines(c);
  if (!scan) return scan.error();
  const auto offer = recon::find_axis(scan->input);
  if (!offer) return offer.error();
  return std::abs(offer->column - scan->axis_column);
}

}  // namespace slicecast::acceptance
