#include "common/recon/weights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace slicecast::recon {
namespace {}

double cosine_weight(double u_mm, double v_mm, double source_detector_mm) {
  const double d = source_detector_mm;
  return d / std::sqrt(d * d + u_mm * u_mm + v_mm * v_mm);
}

double parker_weight(double beta, double gamma, double half_fan) {
  if (beta < 0 || beta > std::numbers::pi + 2 * half_fan) return 0;
  const double rising = 2 * (half_fan + gamma);         // measured again at the far end of the arc
  const double falling = std::numbers::pi + 2 * gamma;  // measured already at its start
  if (beta < rising) {
    const double s = std::sin(std::numbers::pi / 2 * beta / rising);
    return s * s;
  }
  if (beta > falling) {
    const double s = std::sin(std::numbers::pi / 2 * (std::numbers::pi + 2 * half_fan - beta) /
                              (2 * (half_fan - gamma)));
    return s * s;
  }
  return 1;
}

double overlap_weight(double s) {
  return 0.5 * (1 + std::sin(std::numbers::pi / 2 * std::clamp(s, -1.0, 1.0)));
}

}  // namespace slicecast::recon
