#include "common/wire/socket_events.h"

#include <atomic>
#include <cstring>
#include <string>

namespace slicecast::wire {
namespace {

std::string fresh_endpoint() {
  static std::atomic<std::uint64_t> made{0};
  return "inproc://events-" + std::to_string(++made);
}

}  // namespace

SocketEvents::SocketEvents(zmq::context_t& context, zmq::socket_t& watched, int kinds)
    : watched_(watched.handle()), events_(context, zmq::socket_type::pair) {
  const std::string endpoint = fresh_endpoint();
  events_.set(zmq::sockopt::linger, 0);
  // A full pipe would block libzmq's own thread.
  events_.set(zmq::sockopt::rcvhwm, 0);
  if (zmq_socket_monitor(watched_, endpoint.c_str(), kinds) == 0) events_.connect(endpoint);
}

SocketEvents::~SocketEvents() {
  if (watched_ != nullptr) zmq_socket_monitor(watched_, nullptr, 0);
}

std::optional<SocketEvent> SocketEvents::next() {
  zmq::message_t part;
  if (!events_ || !events_.recv(part, zmq::recv_flags::dontwait)) return std::nullopt;
  SocketEvent event;
  std::uint16_t kind = 0;
  if (part.size() >= sizeof kind + sizeof event.value) {
    std::memcpy(&kind, part.data(), sizeof kind);
    std::memcpy(&event.value, part.data<char>() + sizeof kind, sizeof event.value);
  }
  event.kind = kind;
  while (part.more() && events_.recv(part, zmq::recv_flags::dontwait)) continue;
  return event;
}

}  // namespace slicecast::wire
