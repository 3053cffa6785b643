// Cuts off peers of a ROUTER that send parts without end. libzmq hands a message over when its last
// part has come and until then keeps all parts, however many; no option of libzmq limits that. So
// this follows each TCP connection: a peer whose socket has delivered more than is allowed since
// its last whole message is disconnected, and with the connection goes what libzmq holds of it.
// Connections by ipc are not followed: their path is open to our own user only. Use from the
// socket's thread.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include <zmq.hpp>

#include "common/wire/socket_events.h"

namespace slicecast::wire {

class ConnectionWatch {
 public:
  // Events for the constructor; to be opened before the ROUTER is bound, so that none is missed.
  static SocketEvents events_of(zmq::context_t& context, zmq::socket_t& router);
  // `allowed`: bytes, more than the longest message and what may lie in between.
  ConnectionWatch(SocketEvents events, std::size_t allowed)
      : events_(std::move(events)), allowed_(allowed) {}

  // A part of a message that was handed over. Not the peer's name, which a ROUTER puts before it
  // and which came over no connection.
  void heard(const zmq::message_t& part);
  // Looks at most every 50 ms; how many connections it ended. `drained`: no whole message waits, so
  // that what was delivered can only be part of one.
  int cut_off(bool drained);

 private:
  struct Connection {
    sockaddr_storage peer{};      // tells it from a later one with the same descriptor
    std::uint64_t delivered = 0;  // bytes, when it was heard last
    bool heard = false;           // since then
    bool suspect = false;         // over what is allowed at the last look
    std::chrono::steady_clock::time_point heard_at;
  };
  void take_events();

  SocketEvents events_;
  const std::size_t allowed_;
  std::map<int, Connection> connections_;  // by descriptor, which is libzmq's
  std::chrono::steady_clock::time_point next_look_;
};

}  // namespace slicecast::wire
