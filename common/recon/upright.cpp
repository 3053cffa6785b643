#include "common/recon/upright.h"

#include <cstdint>

namespace slicecast::recon {
namespace {

template <class T>
void read_as(const void* raw, std::ptrdiff_t first, std::ptrdiff_t step, int count, double* out) {
  const T* pixel = static_cast<const T*>(raw) + first;
  for (int i = 0; i < count; ++i) out[i] = static_cast<double>(pixel[i * step]);
}

}  // namespace

UprightMap upright_map(const geometry::ScanGeometry& g) {
  UprightMap map;
  map.rows = g.transpose ? g.columns : g.rows;
  map.columns = g.transpose ? g.rows : g.columns;
  map.row_step = g.transpose ? 1 : g.columns;
  map.column_step = g.transpose ? g.columns : 1;
  if (g.flip_u) {
    map.origin += (map.columns - 1) * map.column_step;
    map.column_step = -map.column_step;
  }
  if (g.flip_v) {
    map.origin += (map.rows - 1) * map.row_step;
    map.row_step = -map.row_step;
  }
  return map;
}

void read_pixels(const void* raw, PixelType type, std::ptrdiff_t first, std::ptrdiff_t step,
                 int count, double* out) {
  switch (type) {
    case PixelType::u8: return read_as<std::uint8_t>(raw, first, step, count, out);
    case PixelType::u16: return read_as<std::uint16_t>(raw, first, step, count, out);
    case PixelType::u32: return read_as<std::uint32_t>(raw, first, step, count, out);
    case PixelType::u64: return read_as<std::uint64_t>(raw, first, step, count, out);
    case PixelType::i8: return read_as<std::int8_t>(raw, first, step, count, out);
    case PixelType::i16: return read_as<std::int16_t>(raw, first, step, count, out);
    case PixelType::i32: return read_as<std::int32_t>(raw, first, step, count, out);
    case PixelType::i64: return read_as<std::int64_t>(raw, first, step, count, out);
    case PixelType::f32: return read_as<float>(raw, first, step, count, out);
    case PixelType::f64: return read_as<double>(raw, first, step, count, out);
    case PixelType::f16: {
      const auto* bits = static_cast<const std::uint16_t*>(raw) + first;
      for (int i = 0; i < count; ++i) out[i] = static_cast<double>(float_from_half(bits[i * step]));
    }
  }
}

}  // namespace slicecast::recon
