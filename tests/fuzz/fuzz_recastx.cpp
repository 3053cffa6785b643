// Any bytes as part 0 of a recastx message. What is accepted must fit its pixels exactly.
#include <cstdlib>

#include "common/ingest/recastx_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace slicecast;
  constexpr std::size_t kPixelBytes = 512 * 512 * 2;
  const auto decoded = ingest::decode_recastx({reinterpret_cast<const std::byte*>(bytes), size},
                                              kPixelBytes, ingest::DecodeLimits{});
  if (decoded && static_cast<std::size_t>(decoded->rows) *
                         static_cast<std::size_t>(decoded->columns) * size_of(decoded->type) !=
                     kPixelBytes)
    std::abort();
  return 0;
}
