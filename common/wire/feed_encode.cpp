#include "common/wire/feed_encode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace slicecast::wire {
namespace {

using Shape = std::array<std::size_t, 3>;  // planes, rows, columns

Shape shape_of(const v1::PixelFormat& format) {
  Shape shape = {1, 1, 1};
  for (int i = 0; i < format.shape_size(); ++i)
    shape[static_cast<std::size_t>(i + 3 - format.shape_size())] = format.shape(i);
  return shape;
}

std::size_t count(const Shape& shape) {
  return shape[0] * shape[1] * shape[2];
}

void average_pairs(const float* in, const Shape& from, float* out, const Shape& to) {
  const std::size_t step = from[0] == to[0] ? 1 : 2;  // planes per output plane
  for (std::size_t p = 0; p < to[0]; ++p)
    for (std::size_t r = 0; r < to[1]; ++r)
      for (std::size_t c = 0; c < to[2]; ++c) {
        float sum = 0;
        int n = 0;
        for (std::size_t ip = p * step; ip < std::min(p * step + step, from[0]); ++ip)
          for (std::size_t ir = 2 * r; ir < std::min(2 * r + 2, from[1]); ++ir)
            for (std::size_t ic = 2 * c; ic < std::min(2 * c + 2, from[2]); ++ic, ++n)
              sum += in[(ip * from[1] + ir) * from[2] + ic];
        out[(p * to[1] + r) * to[2] + c] = sum / static_cast<float>(n);
      }
}

void stretch(v1::Vec3& axis, double factor) {
  axis.set_x_mm(axis.x_mm() * factor);
  axis.set_y_mm(axis.y_mm() * factor);
  axis.set_z_mm(axis.z_mm() * factor);
}

double shift_of_centre(std::size_t from, std::size_t to, double voxel_mm) {
  return (static_cast<double>(to) - 0.5 * static_cast<double>(from)) * voxel_mm;
}

// The geometry of the reduced image: a partial last pixel stands for a whole one.
void follow(v1::FeedHeader& header, const Shape& from, const Shape& to) {
  if (header.has_slice()) {
    auto& slice = *header.mutable_slice();
    const auto factor = [](std::size_t a, std::size_t b) {
      return 2.0 * static_cast<double>(b) / static_cast<double>(a);
    };
    if (slice.has_axis1()) stretch(*slice.mutable_axis1(), factor(from[2], to[2]));
    if (slice.has_axis2()) stretch(*slice.mutable_axis2(), factor(from[1], to[1]));
  } else if (header.has_preview()) {
    auto& preview = *header.mutable_preview();
    auto& centre = *preview.mutable_centre();
    const double voxel = preview.voxel_mm();
    centre.set_x_mm(centre.x_mm() + shift_of_centre(from[2], to[2], voxel));
    centre.set_y_mm(centre.y_mm() + shift_of_centre(from[1], to[1], voxel));
    centre.set_z_mm(centre.z_mm() + shift_of_centre(from[0], to[0], voxel));
    preview.set_voxel_mm(2 * voxel);
  }
}

void set_shape(v1::PixelFormat& format, const Shape& shape, std::size_t pixel_bytes) {
  for (int i = 0; i < format.shape_size(); ++i)
    format.set_shape(i, static_cast<std::uint32_t>(
                            shape[static_cast<std::size_t>(i + 3 - format.shape_size())]));
  format.set_bytes(count(shape) * pixel_bytes);
}

std::size_t longest(const v1::PixelFormat& format, bool reduces_planes) {
  const Shape shape = shape_of(format);
  const std::size_t in_plane = std::max(shape[1], shape[2]);
  return reduces_planes ? std::max(in_plane, shape[0]) : in_plane;
}

// Class numbers cannot be averaged: each pixel that is left has the number of the one at its
// centre.
template <class Index>
void pick(const Index* in, const Shape& from, std::size_t factor, Index* out, const Shape& to) {
  for (std::size_t r = 0; r < to[1]; ++r) {
    const Index* row = in + std::min(r * factor + factor / 2, from[1] - 1) * from[2];
    for (std::size_t c = 0; c < to[2]; ++c)
      out[r * to[2] + c] = row[std::min(c * factor + factor / 2, from[2] - 1)];
  }
}

void reduce_labels(EncodedImage& image, std::uint32_t max_side, BufferPool& pool) {
  auto& format = *image.header.mutable_pixels();
  const Shape from = shape_of(format);
  const std::size_t each = format.type() == v1::UINT8 ? 1 : 2;
  if (format.shape_size() != 2 || image.pixels->size() < count(from) * each) return;
  std::size_t factor = 1;
  Shape to = from;
  for (; max_side > 0 && std::max(to[1], to[2]) > max_side; factor *= 2)
    to = {1, (to[1] + 1) / 2, (to[2] + 1) / 2};
  if (factor == 1) return;
  auto smaller = pool.take(count(to) * each);
  if (each == 1)
    pick(image.pixels->as<std::uint8_t>(), from, factor, smaller->as<std::uint8_t>(), to);
  else
    pick(image.pixels->as<std::uint16_t>(), from, factor, smaller->as<std::uint16_t>(), to);
  set_shape(format, to, each);
  image.pixels = std::move(smaller);
}

template <class Stored>
void quantise(EncodedImage& image, v1::PixelType type, BufferPool& pool) {
  auto& format = *image.header.mutable_pixels();
  const std::size_t n = count(shape_of(format));
  const float* in = image.pixels->as<float>();
  float low = std::numeric_limits<float>::infinity(), high = -low;
  for (std::size_t i = 0; i < n; ++i) {
    if (!std::isfinite(in[i])) continue;
    low = std::min(low, in[i]);
    high = std::max(high, in[i]);
  }
  if (low > high) low = high = 0;
  constexpr double kLevels = std::numeric_limits<Stored>::max();
  const double step = high > low ? (static_cast<double>(high) - low) / kLevels : 1.0;
  const float per_value = static_cast<float>(1.0 / step);
  auto packed = pool.take(n * sizeof(Stored));
  Stored* out = packed->template as<Stored>();
  for (std::size_t i = 0; i < n; ++i) {
    const float level = (in[i] - low) * per_value + 0.5f;
    // The comparison is false for not-a-number, which must not reach the conversion.
    out[i] = level > 0 ? static_cast<Stored>(std::min(level, static_cast<float>(kLevels))) : 0;
  }
  const double before = format.scale() == 0 ? 1.0 : format.scale();
  format.set_offset(low * before + format.offset());
  format.set_scale(step * before);
  format.set_type(type);
  format.set_bytes(n * sizeof(Stored));
  image.pixels = std::move(packed);
}

}  // namespace

EncodedImage encode_image(v1::FeedHeader header, ConstBufferPtr pixels, v1::Encoding encoding,
                          std::uint32_t max_side, BufferPool& pool) {
  EncodedImage image{std::move(header), std::move(pixels)};
  if (!image.pixels || !image.header.has_pixels()) return image;
  auto& format = *image.header.mutable_pixels();
  if (image.header.has_labels() && (format.type() == v1::UINT8 || format.type() == v1::UINT16))
    reduce_labels(image, max_side, pool);
  if (format.type() != v1::FLOAT32 || format.shape_size() < 2 || format.shape_size() > 3 ||
      format.bytes() == 0)
    return image;
  // The planes of a slab are slices of their own.
  const bool reduces_planes = format.shape_size() == 3 && !image.header.has_slice();
  while (max_side > 0 && longest(format, reduces_planes) > max_side) {
    const Shape from = shape_of(format);
    Shape to = {from[0], (from[1] + 1) / 2, (from[2] + 1) / 2};
    if (reduces_planes) to[0] = (from[0] + 1) / 2;
    auto smaller = pool.take(count(to) * sizeof(float));
    average_pairs(image.pixels->as<float>(), from, smaller->as<float>(), to);
    follow(image.header, from, to);
    set_shape(format, to, sizeof(float));
    image.pixels = std::move(smaller);
  }
  if (encoding == v1::QUANTISED_16) quantise<std::uint16_t>(image, v1::UINT16, pool);
  if (encoding == v1::QUANTISED_8) quantise<std::uint8_t>(image, v1::UINT8, pool);
  return image;
}

}  // namespace slicecast::wire
