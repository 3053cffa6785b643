// Which pixels of a slice lie inside of a body that is fixed in the volume, so that a region holds
// for any pose. A pixel is inside when its centre is; masks are 1 inside and 0 outside.
#pragma once

#include <cstdint>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/geometry/plane.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::segmentation {

// A straight cylinder, closed at both ends. Lengths in mm, volume coordinates.
struct Cylinder {
  geometry::Vec3 centre;              // on its axis, half-way
  geometry::Vec3 direction{0, 0, 1};  // along its axis, of any length but 0
  double radius_mm = 0;               // over 0; infinity: a slab
  double half_height_mm = 0;          // over 0; infinity: without ends
  Result<void> validate() const;
};

// mask = inside of the cylinder, of the pixels of a slice of `mask.rows` x `mask.columns`.
Result<void> mask_of(const Cylinder& cylinder, const geometry::Pose& pose,
                     ImageView<std::uint8_t> mask);

// The same for the field of view of a scan, about the z axis between two heights; where no height
// is seen by every projection the mask is 0.
Result<void> mask_of(const geometry::FieldOfView& view, const geometry::Pose& pose,
                     ImageView<std::uint8_t> mask);

// mask = mask and other, of one size.
Result<void> intersect(ImageView<std::uint8_t> mask, ImageView<const std::uint8_t> other);

}  // namespace slicecast::segmentation
