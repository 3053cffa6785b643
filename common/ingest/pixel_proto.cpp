#include "common/ingest/pixel_proto.h"

namespace slicecast::ingest {

const char* to_string(FrameKind kind) {
  switch (kind) {
    case FrameKind::projection: return "projection";
    case FrameKind::dark: return "dark";
    case FrameKind::flat: return "flat";
  }
  return "unknown";
}

v1::PixelType to_proto(PixelType type) {
  switch (type) {
    case PixelType::u8: return v1::UINT8;
    case PixelType::u16: return v1::UINT16;
    case PixelType::u32: return v1::UINT32;
    case PixelType::u64: return v1::UINT64;
    case PixelType::i8: return v1::INT8;
    case PixelType::i16: return v1::INT16;
    case PixelType::i32: return v1::INT32;
    case PixelType::i64: return v1::INT64;
    case PixelType::f16: return v1::FLOAT16;
    case PixelType::f32: return v1::FLOAT32;
    case PixelType::f64: return v1::FLOAT64;
  }
  return v1::PIXEL_TYPE_UNSPECIFIED;
}

std::optional<PixelType> from_proto(v1::PixelType type) {
  switch (type) {
    case v1::UINT8: return PixelType::u8;
    case v1::UINT16: return PixelType::u16;
    case v1::UINT32: return PixelType::u32;
    case v1::UINT64: return PixelType::u64;
    case v1::INT8: return PixelType::i8;
    case v1::INT16: return PixelType::i16;
    case v1::INT32: return PixelType::i32;
    case v1::INT64: return PixelType::i64;
    case v1::FLOAT16: return PixelType::f16;
    case v1::FLOAT32: return PixelType::f32;
    case v1::FLOAT64: return PixelType::f64;
    default: return std::nullopt;  // proto3 enums are open: any number may arrive
  }
}

v1::FrameKind to_proto(FrameKind kind) {
  switch (kind) {
    case FrameKind::projection: return v1::PROJECTION;
    case FrameKind::dark: return v1::DARK;
    case FrameKind::flat: return v1::FLAT;
  }
  return v1::PROJECTION;
}

std::optional<FrameKind> from_proto(v1::FrameKind kind) {
  switch (kind) {
    case v1::PROJECTION: return FrameKind::projection;
    case v1::DARK: return FrameKind::dark;
    case v1::FLAT: return FrameKind::flat;
    default: return std::nullopt;
  }
}

v1::PixelFormat pixel_format(PixelType type, int rows, int columns) {
  v1::PixelFormat format;
  format.set_type(to_proto(type));
  format.add_shape(static_cast<std::uint32_t>(rows));
  format.add_shape(static_cast<std::uint32_t>(columns));
  format.set_bytes(static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(columns) *
                   size_of(type));
  return format;
}

}  // namespace slicecast::ingest
