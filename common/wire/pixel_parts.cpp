#include "common/wire/pixel_parts.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "common/wire/socket.h"

namespace slicecast::wire {
namespace {

static_assert(static_cast<int>(PixelType::u8) + 1 == v1::UINT8);
static_assert(static_cast<int>(PixelType::f64) + 1 == v1::FLOAT64);

void drop_share(void*, void* share) {
  delete static_cast<ConstBufferPtr*>(share);
}

Sent failure() {
  if (zmq_errno() == EHOSTUNREACH) return Sent::gone;
  return zmq_errno() == ETERM || zmq_errno() == ENOTSOCK ? Sent::gone : Sent::later;
}

}  // namespace

v1::PixelType to_wire(PixelType type) {
  return static_cast<v1::PixelType>(static_cast<int>(type) + 1);
}

Result<PixelType> from_wire(v1::PixelType type) {
  if (type < v1::UINT8 || type > v1::FLOAT64)
    return Error{Errc::malformed, "the header names no pixel type that is known here"};
  return static_cast<PixelType>(static_cast<int>(type) - 1);
}

v1::PixelFormat pixel_format(PixelType type, std::initializer_list<std::size_t> shape) {
  v1::PixelFormat format;
  format.set_type(to_wire(type));
  std::size_t bytes = size_of(type);
  for (const std::size_t side : shape) {
    format.add_shape(static_cast<std::uint32_t>(side));
    bytes *= side;
  }
  format.set_bytes(bytes);
  return format;
}

Result<std::size_t> announced_bytes(const v1::PixelFormat& format, std::size_t cap) {
  const auto type = from_wire(format.type());
  if (!type) return type.error();
  if (format.shape_size() < 1 || format.shape_size() > 4)
    return Error{Errc::malformed, "pixels need a shape of one to four sides"};
  std::size_t bytes = size_of(*type);
  for (const std::uint32_t side : format.shape())
    if (__builtin_mul_overflow(bytes, std::size_t{side}, &bytes))
      return Error{Errc::malformed, "the announced shape overflows"};
  if (bytes != format.bytes())
    return Error{Errc::malformed, "the announced bytes are not shape times pixel size"};
  if (bytes > cap)
    return Error{Errc::resource_exhausted, "the announced image is larger than allowed here"};
  return bytes;
}

Sent send_message(zmq::socket_t& socket, const std::string* peer, const std::string& header,
                  const ConstBufferPtr& pixels, std::size_t bytes) {
  void* const handle = socket.handle();
  if (!pixels) bytes = 0;
  // Only the first part can be refused: libzmq takes messages whole.
  if (peer != nullptr &&
      zmq_send(handle, peer->data(), peer->size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
    return failure();
  const int more = bytes > 0 ? ZMQ_SNDMORE : 0;
  if (zmq_send(handle, header.data(), header.size(), more | ZMQ_DONTWAIT) < 0) return failure();
  for (std::size_t at = 0; at < bytes; at += kPartBytes) {
    const std::size_t size = std::min(kPartBytes, bytes - at);
    auto* first = const_cast<std::byte*>(pixels->data() + at);
    zmq::message_t part(first, size, drop_share, new ConstBufferPtr(pixels));
    if (zmq_msg_send(part.handle(), handle, (at + size < bytes ? ZMQ_SNDMORE : 0) | ZMQ_DONTWAIT) <
        0)
      return failure();
  }
  return Sent::done;
}

bool receive_part(zmq::socket_t& socket, zmq::message_t& part) {
  return zmq_msg_recv(part.handle(), socket.handle(), ZMQ_DONTWAIT) >= 0;
}

void drop_rest(zmq::socket_t& socket, zmq::message_t& part) {
  while (part.more() && receive_part(socket, part)) continue;
}

BufferPtr receive_pixels(zmq::socket_t& socket, zmq::message_t& part, std::size_t bytes,
                         BufferPool& pool) {
  BufferPtr pixels;
  std::size_t filled = 0;
  while (part.more() && receive_part(socket, part)) {
    if (part.size() > bytes - filled) {
      drop_rest(socket, part);
      return nullptr;
    }
    // The first part has arrived whole before any memory is taken for the image.
    if (!pixels) {
      try {
        pixels = pool.take(bytes);
      } catch (const std::bad_alloc&) {
        drop_rest(socket, part);
        return nullptr;
      }
    }
    std::memcpy(pixels->data() + filled, part.data(), part.size());
    filled += part.size();
  }
  return filled == bytes ? pixels : nullptr;
}

}  // namespace slicecast::wire
