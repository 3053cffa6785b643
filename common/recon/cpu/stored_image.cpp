#include "common/recon/cpu/stored_image.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "common/base/pixel_type.h"
#include "common/recon/convert.h"
#include "common/recon/cpu/image_memory.h"

namespace slicecast::recon {
namespace {

constexpr std::size_t kOverrun = 64;  // vector loads at the very end

std::size_t size_of(StoreType type) {
  return type == StoreType::half_precision ? 2 : 4;
}

// A stride of a multiple of 4 KiB would put every row of a block's footprint into the same L1 set.
int padded_stride(int columns, StoreType type) {
  constexpr int kUnit = 32;
  int stride = (columns + 2 * CpuImage::kMarginColumns + kUnit - 1) / kUnit * kUnit;
  if (static_cast<std::size_t>(stride) * size_of(type) % 4096 == 0) stride += kUnit;
  return stride;
}

std::span<const float> as_span(const float* first, int count) {
  return {first, static_cast<std::size_t>(count)};
}

}  // namespace

CpuImage::CpuImage(int rows, int columns, StoreType type, float scale)
    : StoredImage(rows, columns, type, scale), stride_(padded_stride(columns, type)) {
  const std::size_t row_bytes = static_cast<std::size_t>(stride_) * size_of(type);
  stored_bytes_ = row_bytes * static_cast<std::size_t>(rows + kRowsAbove + kRowsBelow);
  memory_ = image_memory(stored_bytes_ + kOverrun);
  std::byte* bytes = memory_.get();
  // Zero all that is not a pixel: what lies between the last pixel of a row and the first of the
  // next is one piece.
  const std::size_t left = static_cast<std::size_t>(kMarginColumns) * size_of(type);
  const std::size_t pixels = static_cast<std::size_t>(columns) * size_of(type);
  std::memset(bytes, 0, row_bytes * kRowsAbove + left);
  for (int r = 0; r < rows; ++r) {
    std::byte* end = bytes + row_bytes * static_cast<std::size_t>(r + kRowsAbove) + left + pixels;
    std::memset(end, 0, row_bytes - pixels);
  }
  const std::size_t below = row_bytes * static_cast<std::size_t>(rows + kRowsAbove);
  std::memset(bytes + below, 0, stored_bytes_ - below);
}

std::size_t CpuImage::bytes() const {
  return sizeof(*this) + stored_bytes_ + kOverrun;
}

float CpuImage::value(int r, int column) const {
  return type() == StoreType::half_precision
             ? float_from_half(row<std::uint16_t>(r)[column]) * scale()
             : row<float>(r)[column];
}

StoredImagePtr CpuImage::from_float(ImageView<const float> filtered, StoreType type, float scale,
                                    std::atomic<std::uint64_t>* clipped) {
  const bool half = type == StoreType::half_precision;
  auto image = std::make_shared<CpuImage>(filtered.rows, filtered.columns, type, half ? scale : 1);
  const auto columns = static_cast<std::size_t>(filtered.columns);
  std::uint64_t changed = 0;
  for (int r = 0; r < filtered.rows; ++r) {
    if (half) {
      changed += halves_from_floats(filtered.row(r), 1.0f / scale,
                                    {image->row<std::uint16_t>(r), columns});
      continue;
    }
    float* to = image->row<float>(r);
    for (std::size_t c = 0; c < columns; ++c) {
      const float value = filtered.row(r)[c];
      const bool finite = std::isfinite(value);
      to[c] = finite ? value : 0.0f;
      changed += !finite;
    }
  }
  if (clipped != nullptr && changed != 0) *clipped += changed;
  return image;
}

StoredImagePtr CpuImage::from_half(ImageView<const std::uint16_t> bits, StoreType type,
                                   float scale) {
  const bool half = type == StoreType::half_precision;
  auto image = std::make_shared<CpuImage>(bits.rows, bits.columns, type, half ? scale : 1);
  const auto columns = static_cast<std::size_t>(bits.columns);
  for (int r = 0; r < bits.rows; ++r) {
    if (!half) {
      floats_from_halves(bits.row(r), scale, {image->row<float>(r), columns});
      continue;
    }
    std::uint16_t* to = image->row<std::uint16_t>(r);
    for (std::size_t c = 0; c < columns; ++c) {
      const std::uint16_t value = bits.row(r)[c];
      to[c] = (value & 0x7c00u) == 0x7c00u ? std::uint16_t{0} : value;  // infinities and NaN
    }
  }
  return image;
}

StoredImagePtr CpuImage::halved(const CpuImage& image) {
  const bool half = image.type() == StoreType::half_precision;
  const int rows = (image.rows() + 1) / 2, columns = (image.columns() + 1) / 2;
  auto result = std::make_shared<CpuImage>(rows, columns, image.type(), image.scale());
  const auto width = static_cast<std::size_t>(image.columns());
  std::vector<float> upper(width), lower(width), sums(width + 1), averages(columns);
  for (int r = 0; r < rows; ++r) {
    const int next = std::min(2 * r + 1, image.rows() - 1);  // the last odd row counts twice
    if (half) {
      floats_from_halves({image.row<std::uint16_t>(2 * r), width}, 1.0f, upper);
      floats_from_halves({image.row<std::uint16_t>(next), width}, 1.0f, lower);
    } else {
      std::ranges::copy(as_span(image.row<float>(2 * r), image.columns()), upper.begin());
      std::ranges::copy(as_span(image.row<float>(next), image.columns()), lower.begin());
    }
    for (std::size_t c = 0; c < width; ++c) sums[c] = upper[c] + lower[c];
    sums[width] = sums[width - 1];  // and so does the last odd column
    float* to = half ? averages.data() : result->row<float>(r);
    for (int c = 0; c < columns; ++c) to[c] = 0.25f * (sums[2 * c] + sums[2 * c + 1]);
    if (half)
      halves_from_floats(averages, 1.0f,
                         {result->row<std::uint16_t>(r), static_cast<std::size_t>(columns)});
  }
  return result;
}

}  // namespace slicecast::recon
