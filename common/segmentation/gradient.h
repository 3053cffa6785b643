// Gradients of a smoothed field, which watersheds and contours follow. Pixels that take no part
// are read as the mean of those that do, and the results there mean nothing.
#pragma once

#include <span>

#include "common/segmentation/field.h"

namespace slicecast::segmentation {

enum class Border {
  symmetric,  // half-sample: the edge pixel is repeated, -1 -> 0, -2 -> 1
  replicate,  // the edge pixel continues: -1 -> 0, -2 -> 0
};

// Sampled Gaussian of unit sum, `order` 0, or its first derivative (Gaussian times -x / sigma^2,
// for correlation), up to 4 sigma on both sides.
std::span<const float> gaussian_weights(double sigma, int order, Workspace& workspace);

// out = image correlated with `down` along its columns and `along` along its rows, both of odd
// length. In place is not allowed.
void correlate(ImageView<const float> image, std::span<const float> down,
               std::span<const float> along, Border border, ImageView<float> out,
               Workspace& workspace);

// Sobel gradient of the field smoothed by a Gaussian, symmetric borders: root mean square of the
// two directions, each the difference of the pixels on both sides, averaged across by 1/4 1/2 1/4.
// sigma 0: not smoothed.
ImageView<float> sobel_magnitude(const Prepared& prepared, double sigma, Workspace& workspace);

// Magnitude of the gradient by derivatives of a Gaussian, replicated borders.
ImageView<float> gaussian_gradient_magnitude(const Prepared& prepared, double sigma,
                                             Workspace& workspace);

inline constexpr double kLargestSigma = 32;

}  // namespace slicecast::segmentation
