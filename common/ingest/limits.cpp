#include "common/ingest/limits.h"

#include <fmt/format.h>

namespace slicecast::ingest {

Result<std::size_t> frame_bytes(std::uint64_t rows, std::uint64_t columns, PixelType type,
                                const DecodeLimits& limits) {
  if (rows == 0 || columns == 0 || rows > kMaxDimension || columns > kMaxDimension) {
    return Error{Errc::invalid_argument,
                 fmt::format("a frame of {} x {} pixels is refused; each dimension is 1 to {}",
                             rows, columns, kMaxDimension)};
  }
  std::uint64_t pixels = 0;
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(rows, columns, &pixels) ||
      __builtin_mul_overflow(pixels, std::uint64_t{size_of(type)}, &bytes) ||
      bytes > limits.max_frame_bytes) {
    return Error{
        Errc::resource_exhausted,
        fmt::format("a frame of {} x {} {} is over the frame budget of {} bytes; raise it or "
                    "bin the detector",
                    rows, columns, to_string(type), limits.max_frame_bytes)};
  }
  return static_cast<std::size_t>(bytes);
}

metrics::Drop drop_reason(const Error& refused) {
  switch (refused.code) {
    case Errc::invalid_argument:
    case Errc::resource_exhausted: return metrics::Drop::bad_size;
    default: return metrics::Drop::bad_header;
  }
}

}  // namespace slicecast::ingest
