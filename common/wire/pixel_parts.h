// A message as it travels: [protobuf header][pixels in parts of at most 1 MiB].
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/buffer.h"
#include "common/base/error.h"
#include "common/base/pixel_type.h"
#include "slicecast/v1/common.pb.h"

namespace slicecast::wire {

// Between the wire's numbers and ours.
v1::PixelType to_wire(PixelType type);
Result<PixelType> from_wire(v1::PixelType type);

// Announces densely packed pixels; fills `bytes`.
v1::PixelFormat pixel_format(PixelType type, std::initializer_list<std::size_t> shape);

// The size that `format` announces: dtype x shape, every multiplication checked, equal to `bytes`,
// and at most `cap`. To be asked before anything is allocated.
Result<std::size_t> announced_bytes(const v1::PixelFormat& format, std::size_t cap);

enum class Sent { done, later, gone };  // later: high-water mark; gone: no such peer

// Sends without waiting and without copying the pixels: every part keeps a share of the buffer
// until the last byte has left. `peer`: routing id for a ROUTER, null for a DEALER.
Sent send_message(zmq::socket_t& socket, const std::string* peer, const std::string& header,
                  const ConstBufferPtr& pixels, std::size_t bytes);

// Receives one part without waiting; false when there is none.
bool receive_part(zmq::socket_t& socket, zmq::message_t& part);

// Drops the parts that are left of the current message.
void drop_rest(zmq::socket_t& socket, zmq::message_t& part);

// Receives the pixel parts that follow `part` into one pooled buffer of `bytes`. Null when the
// parts are not exactly that long together; the message is then consumed to its end.
BufferPtr receive_pixels(zmq::socket_t& socket, zmq::message_t& part, std::size_t bytes,
                         BufferPool& pool);

}  // namespace slicecast::wire
