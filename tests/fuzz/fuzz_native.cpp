// Any bytes as the header of a message on the native raw link, with twelve bytes of pixels.
#include <cstdlib>

#include "common/ingest/native_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace slicecast;
  static const ConstBufferPtr pixels = Buffer::allocate(12);
  v1::BulkHeader header;
  if (!header.ParseFromArray(bytes, static_cast<int>(size))) return 0;
  const auto event = ingest::decode_native(header, pixels, ingest::DecodeLimits{});
  if (!event) return 0;
  if (const auto* frame = std::get_if<ingest::FrameArrived>(&*event);
      frame != nullptr && static_cast<std::size_t>(frame->rows) *
                                  static_cast<std::size_t>(frame->columns) * size_of(frame->type) !=
                              frame->pixels->size())
    std::abort();
  return 0;
}
