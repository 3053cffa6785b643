#include "common/recon/reference/backproject_store.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/pixel_type.h"

namespace slicecast::recon {
namespace {

constexpr float kLargestHalf = 65504.0f;

class ReferenceImage final : public StoredImage {
 public:
  ReferenceImage(int rows, int columns, StoreType type, float scale)
      : StoredImage(rows, columns, type, scale) {
    const std::size_t count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    (type == StoreType::half_precision ? halves_.resize(count) : singles_.resize(count));
  }
  std::size_t bytes() const override {
    return sizeof(*this) + halves_.capacity() * sizeof(std::uint16_t) +
           singles_.capacity() * sizeof(float);
  }
  float value(int row, int column) const override {
    const std::size_t i = index(row, column);
    return type() == StoreType::half_precision ? float_from_half(halves_[i]) * scale()
                                               : singles_[i];
  }
  // `stored` is already divided by the scale.
  void set(int row, int column, float stored) {
    const std::size_t i = index(row, column);
    if (type() == StoreType::half_precision)
      halves_[i] = half_from_float(stored);
    else
      singles_[i] = stored;
  }

 private:
  std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns()) +
           static_cast<std::size_t>(column);
  }
  std::vector<std::uint16_t> halves_;
  std::vector<float> singles_;
};

}  // namespace

StoredImagePtr reference_store(ImageView<const float> filtered, StoreType type, float scale,
                               std::atomic<std::uint64_t>* clipped) {
  const bool half = type == StoreType::half_precision;
  const float divisor = half ? scale : 1.0f;
  auto image = std::make_shared<ReferenceImage>(filtered.rows, filtered.columns, type, divisor);
  std::uint64_t changed = 0;
  for (int r = 0; r < filtered.rows; ++r) {
    for (int c = 0; c < filtered.columns; ++c) {
      float stored = filtered(r, c) / divisor;
      if (!std::isfinite(stored)) {
        stored = 0;
        ++changed;
      } else if (half && std::abs(stored) > kLargestHalf) {
        stored = std::copysign(kLargestHalf, stored);
        ++changed;
      }
      image->set(r, c, stored);
    }
  }
  if (clipped != nullptr) *clipped += changed;
  return image;
}

StoredImagePtr reference_store_half(ImageView<const std::uint16_t> bits, StoreType type,
                                    float scale) {
  const bool half = type == StoreType::half_precision;
  auto image = std::make_shared<ReferenceImage>(bits.rows, bits.columns, type, half ? scale : 1.0f);
  for (int r = 0; r < bits.rows; ++r) {
    for (int c = 0; c < bits.columns; ++c) {
      const float stored = float_from_half(bits(r, c));
      image->set(r, c, !std::isfinite(stored) ? 0.0f : half ? stored : stored * scale);
    }
  }
  return image;
}

StoredImagePtr reference_halve(const StoredImage& image) {
  const int rows = (image.rows() + 1) / 2, columns = (image.columns() + 1) / 2;
  auto result = std::make_shared<ReferenceImage>(rows, columns, image.type(), image.scale());
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      double sum = 0;
      int count = 0;
      for (int y = 2 * r; y < std::min(2 * r + 2, image.rows()); ++y)
        for (int x = 2 * c; x < std::min(2 * c + 2, image.columns()); ++x, ++count)
          sum += image.value(y, x);
      result->set(r, c, static_cast<float>(sum / count / image.scale()));
    }
  }
  return result;
}

}  // namespace slicecast::recon
