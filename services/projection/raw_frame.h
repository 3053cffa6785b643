// A raw projection on its way through the process. Copies share the pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/buffer.h"
#include "common/geometry/matrix.h"

namespace slicecast::projection {

struct RawFrame {
  std::uint64_t id = 0;
  double angle_rad = 0;                      // unwrapped
  std::optional<geometry::Matrix34> matrix;  // as sent with the frame; wins over the angle
  std::int64_t acquired_ns = 0;
  ConstBufferPtr pixels;

  std::size_t bytes() const { return pixels ? pixels->size() : 0; }
};

}  // namespace slicecast::projection
