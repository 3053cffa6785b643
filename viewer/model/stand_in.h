// What stands in for a slice until its own image comes: the preview volume sampled on its plane.
// 256 x 256 takes about a millisecond. Any thread.
#pragma once

#include "common/base/image_view.h"
#include "viewer/model/volume_view.h"

namespace slicecast::viewer {

// Fills `image` (rows, columns of the stand-in; pixel centres as in a slice of that size) by
// trilinear interpolation; up to the outer faces the outermost voxels count, beyond is 0. An empty
// volume gives zeros.
void sample_plane(const VolumeView& volume, const Pose& pose, const ImageView<float>& image);

}  // namespace slicecast::viewer
