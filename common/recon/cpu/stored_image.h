// A filtered projection as the cpu kernels want it: rows one after the other, zeros around, so that
// a vector load may start up to kMarginColumns left of the image or end as many right of it, and
// interpolation beside the image needs no test.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "common/recon/backend.h"

namespace slicecast::recon {

class CpuImage final : public StoredImage {
 public:
  static constexpr int kMarginColumns = 32;  // each side
  static constexpr int kRowsAbove = 1, kRowsBelow = 5;

  // Values that are not finite become 0, values beyond half precision its largest; both counted.
  static StoredImagePtr from_float(ImageView<const float> filtered, StoreType type, float scale,
                                   std::atomic<std::uint64_t>* clipped);
  static StoredImagePtr from_half(ImageView<const std::uint16_t> bits, StoreType type, float scale);
  static StoredImagePtr halved(const CpuImage& image);

  CpuImage(int rows, int columns, StoreType type, float scale);  // zero margins, pixels undefined

  std::size_t bytes() const override;
  float value(int row, int column) const override;

  int stride() const { return stride_; }  // in stored numbers
  // First pixel of a row; rows -kRowsAbove .. rows()+kRowsBelow-1 exist.
  template <class T>
  const T* row(int r) const {
    return reinterpret_cast<const T*>(memory_.get()) + offset(r);
  }
  template <class T>
  T* row(int r) {
    return reinterpret_cast<T*>(memory_.get()) + offset(r);
  }

 private:
  std::ptrdiff_t offset(int r) const {
    return static_cast<std::ptrdiff_t>(r + kRowsAbove) * stride_ + kMarginColumns;
  }
  int stride_;
  std::size_t stored_bytes_;
  std::shared_ptr<std::byte> memory_;
};

}  // namespace slicecast::recon
