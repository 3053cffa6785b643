// Why a connection does not come about although somebody listens: what libzmq tells of failed
// handshakes. Watches one DEALER for as long as it lives; must be destroyed before the socket, and
// refusal() called at least every few seconds (libzmq queues what is not read, some 20 events a
// second at most). Use from the socket's thread.
#pragma once

#include <optional>
#include <string>

#include <zmq.hpp>

#include "common/base/error.h"
#include "common/wire/context.h"
#include "common/wire/socket_events.h"

namespace slicecast::wire {

class HandshakeWatch {
 public:
  HandshakeWatch(Context& context, zmq::socket_t& watched, std::string address);
  HandshakeWatch(const HandshakeWatch&) = delete;
  HandshakeWatch& operator=(const HandshakeWatch&) = delete;

  // The last refusal since the previous call (Errc::permission_denied), which keys to look at
  // included. Nothing when nobody listens, or while the other end is only slow.
  std::optional<Error> refusal();
  // libzmq tries no more: keys or protocols do not fit. Only another socket may find that they do.
  bool given_up() const { return given_up_; }

 private:
  SocketEvents events_;
  const std::string address_, curve_directory_;
  bool given_up_ = false;
};

}  // namespace slicecast::wire
