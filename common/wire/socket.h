// The one place where ZeroMQ sockets are made: every option is set before bind or connect
// (HWM, IMMEDIATE, LINGER 0, HEARTBEAT_*, RECONNECT_IVL 50..500 ms, MAXMSGSIZE, ROUTER_MANDATORY,
// CURVE).
#pragma once

#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/error.h"
#include "common/wire/context.h"
#include "common/wire/socket_events.h"

namespace slicecast::wire {

inline constexpr std::size_t kPartBytes = std::size_t{1} << 20;  // pixels travel in parts of this
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{4} << 20;

// Most messages that wait in a PUSH, PUB, PULL or SUB: these have no credit. 1000 is what recastx
// senders use; fewer when so many of `message_bytes` would not fit into `queue_bytes`, at least 2.
inline constexpr int kForeignMessages = 1000;
int foreign_high_water(std::size_t queue_bytes, std::size_t message_bytes);

// Binds a ROUTER, PUSH or PUB to every address; port 0 is replaced by the one the system gave.
// Refuses public addresses without keys, and names the remedy when a port is in use.
struct BoundSocket {
  zmq::socket_t socket;
  std::vector<std::string> addresses;
  SocketEvents events;  // of a ROUTER, for a ConnectionWatch
};
Result<BoundSocket> bind_socket(Context& context, zmq::socket_type type,
                                const std::vector<std::string>& addresses,
                                int foreign_messages = kForeignMessages);

// Connects a DEALER, PULL or SUB. A PULL or SUB begins with a mark of 64 messages; see
// foreign_high_water() for when their size is known. `server_key`: Z85 key of the server, empty
// when plain.
Result<zmq::socket_t> connect_socket(Context& context, zmq::socket_type type,
                                     const std::string& address,
                                     const std::string& server_key = {});

// Default bind addresses of a link of a service: tcp loopback `port` (0: ephemeral) and an ipc path
// in the runtime directory.
std::vector<std::string> default_addresses(const std::string& service, const std::string& link,
                                           int port);

}  // namespace slicecast::wire
