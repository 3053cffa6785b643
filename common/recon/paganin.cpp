#include "common/recon/paganin.h"

#include <numbers>

namespace slicecast::recon {

double wavelength_mm(double energy_kev) {
  constexpr double kPlanckTimesLight = 12.398419843320026e-7;  // keV mm
  return kPlanckTimesLight / energy_kev;
}

double paganin_strength(const PaganinParameters& p, bool cone, double source_axis_mm) {
  const double r1 = source_axis_mm, r2 = p.distance_mm;
  const double z = cone ? r1 * r2 / (r1 + r2) : r2;
  return std::numbers::pi * wavelength_mm(p.energy_kev) * z * p.delta_beta;
}

double mirror_frequency(int k, int n, double pixel_mm) {
  return k / (2.0 * n * pixel_mm);
}

}  // namespace slicecast::recon
