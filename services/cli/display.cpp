#include "services/cli/display.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace slicecast::cli {

io::DisplayRange display_range(ImageView<const float> image) {
  std::vector<float> values;
  for (int r = 0; r < image.rows; ++r)
    for (const float value : image.row(r))
      if (std::isfinite(value) && value != 0) values.push_back(value);
  if (values.empty()) return {0, 1};
  const auto percentile = [&](double q) {
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
    std::ranges::nth_element(values, at);
    return static_cast<double>(*at);
  };
  const double black = percentile(0.002), white = percentile(0.998);
  // A constant image is mid-grey rather than a division by zero.
  if (!(white > black)) return {black - 1, black + 1};
  return {black, white};
}

}  // namespace slicecast::cli
