// Fourier transforms of lengths that no own kernel has: phase retrieval and very long rows. On a
// card by cuFFT, loaded when first needed, so that a machine without it lacks only these two; on
// the simulated card by a plain transform on the host. Unscaled in both directions.
//
// One object serves one stream at a time.
#pragma once

#include <memory>

#include "cuda/device/device.h"

namespace slicecast::cuda {

class ImageFourier {  // real rows x columns <-> rows x (columns / 2 + 1)
 public:
  virtual ~ImageFourier() = default;
  virtual Result<void> forward(const Stream& stream, const float* image, Float2* spectrum) = 0;
  // The spectrum is overwritten.
  virtual Result<void> inverse(const Stream& stream, Float2* spectrum, float* image) = 0;
};

class RowFourier {  // rows x length complex numbers, in place
 public:
  virtual ~RowFourier() = default;
  virtual Result<void> transform(const Stream& stream, Float2* rows, bool inverse) = 0;
};

// unavailable: cuFFT cannot be loaded; resource_exhausted: no memory for its work area.
Result<std::unique_ptr<ImageFourier>> make_image_fourier(Device& device, int rows, int columns);
Result<std::unique_ptr<RowFourier>> make_row_fourier(Device& device, int rows, int length);

// Set by cuda_fourier.cpp where that is linked.
struct CardFourier {
  static inline Result<std::unique_ptr<ImageFourier>> (*image)(int card, int rows,
                                                               int columns) = nullptr;
  static inline Result<std::unique_ptr<RowFourier>> (*rows)(int card, int rows,
                                                            int length) = nullptr;
};

}  // namespace slicecast::cuda
