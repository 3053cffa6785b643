// What libzmq tells of a socket's connections (zmq_socket_monitor). Use from the socket's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <zmq.hpp>

namespace slicecast::wire {

struct SocketEvent {
  int kind = 0;             // ZMQ_EVENT_...
  std::uint32_t value = 0;  // a descriptor or a code, by the kind
};

// Must be destroyed before the socket that it watches: libzmq's own thread would wait for ever to
// tell of an event that nobody can take any more.
class SocketEvents {
 public:
  SocketEvents() = default;  // of no socket: nothing ever happens
  // Queues events of these kinds from now on. They must be taken every few seconds.
  SocketEvents(zmq::context_t& context, zmq::socket_t& watched, int kinds);
  ~SocketEvents();
  SocketEvents(SocketEvents&& other) noexcept
      : watched_(std::exchange(other.watched_, nullptr)), events_(std::move(other.events_)) {}
  SocketEvents& operator=(SocketEvents&& other) noexcept {
    std::swap(watched_, other.watched_);
    events_.swap(other.events_);
    return *this;
  }

  // The next one that waits.
  std::optional<SocketEvent> next();

 private:
  void* watched_ = nullptr;
  zmq::socket_t events_;
};

}  // namespace slicecast::wire
