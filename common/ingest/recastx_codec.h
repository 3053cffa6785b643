// The recastx / foamstream dialect: part 0 JSON, part 1 raw C-order little-endian pixels
// (docs/reference: "recastx dialect"). Pure functions without sockets or state, so that they can be
// fuzzed.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/ingest/frame_event.h"
#include "common/ingest/limits.h"

namespace slicecast::ingest {

struct RecastxHeader {
  FrameKind kind = FrameKind::projection;  // scan_index 0 dark, 1 flat, 2 projection
  bool complete = true;                    // image_is_complete
  std::uint64_t frame = 0;                 // projections keep counting across scans
  PixelType type = PixelType::u16;
  int rows = 0, columns = 0;
  std::size_t bytes = 0;  // of the pixels
};

// Reads part 0 and checks it against the bytes of part 1. Unknown keys are ignored. Errors: see
// drop_reason(); Errc::unsupported for a scan_index or pixel type that nobody knows.
Result<RecastxHeader> decode_recastx(std::span<const std::byte> json, std::size_t pixel_bytes,
                                     const DecodeLimits& limits);

// Part 0 for one frame; `source` is the detector's name, plain ASCII without quotes.
std::string encode_recastx(const RecastxHeader& header, const std::string& source);

}  // namespace slicecast::ingest
