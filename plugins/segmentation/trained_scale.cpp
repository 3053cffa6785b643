#include "plugins/segmentation/trained_scale.h"

#include <cmath>
#include <numbers>

namespace slicecast::segment {

Result<Scale> scale_of(const TrainedOn& trained, const Shown& shown) {
  if (!trained.value_unit.empty() && shown.value_unit != trained.value_unit)
    return Error{Errc::unsupported,
                 "the network was trained on values in " + trained.value_unit +
                     " and the slice has " +
                     (shown.value_unit.empty() ? "no unit" : "values in " + shown.value_unit) +
                     "; give the scan its pixel size or choose another model"};
  if (!trained.pixel_mm) return Scale::trained;
  if (!(shown.pixel_mm > 0)) return Scale::outside;
  const double apart = std::abs(std::log(shown.pixel_mm / *trained.pixel_mm));
  // A hair more, since a pose and its number of pixels are rounded.
  return apart <= std::log(std::numbers::sqrt2) + 1e-6 ? Scale::trained : Scale::outside;
}

double wished_pixel_mm(const TrainedOn& trained) {
  return trained.pixel_mm.value_or(0);
}

}  // namespace slicecast::segment
