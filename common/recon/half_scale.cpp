#include "common/recon/half_scale.h"

#include <algorithm>
#include <cmath>

namespace slicecast::recon {

float half_scale_for(float largest) {
  if (!(largest > 0) || !std::isfinite(largest)) return 1;
  // ceil keeps an exact power of two at the upper end of the range.
  const auto exponent = static_cast<int>(std::ceil(std::log2(static_cast<double>(largest))));
  return std::ldexp(1.0F, std::clamp(exponent - 3, -100, 100));
}

}  // namespace slicecast::recon
