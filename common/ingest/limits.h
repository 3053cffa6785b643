// Caps that hold for every dialect, checked before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/error.h"
#include "common/base/pixel_type.h"
#include "common/metrics/ledger.h"

namespace slicecast::ingest {

inline constexpr std::size_t kMaxJsonBytes = std::size_t{64} << 10;
inline constexpr std::uint64_t kMaxDimension = 65535;

struct DecodeLimits {
  std::size_t max_frame_bytes = std::size_t{1} << 30;  // the frame budget
};

// rows x columns x size_of(type), with checked multiplication. Errc::invalid_argument when a
// dimension is 0 or above kMaxDimension, Errc::resource_exhausted when the product is over the
// frame budget.
Result<std::size_t> frame_bytes(std::uint64_t rows, std::uint64_t columns, PixelType type,
                                const DecodeLimits& limits);

// The ledger's reason for what a decoder refused: malformed and unsupported headers are bad_header;
// invalid_argument (shape against pixels) and resource_exhausted (over the budget) are bad_size.
metrics::Drop drop_reason(const Error& refused);

}  // namespace slicecast::ingest
