#include "common/wire/connection_watch.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <cstring>
#include <optional>

namespace slicecast::wire {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLookPeriod = std::chrono::milliseconds(50);
// A connection whose messages waited so long behind those of others had its turn by now.
constexpr auto kTurnOfAll = std::chrono::seconds(1);

std::optional<sockaddr_storage> tcp_peer(int descriptor) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return std::nullopt;
  if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return std::nullopt;
  return peer;
}

// Bytes that libzmq has read from the connection. Nothing: it is none, or an older kernel's.
std::optional<std::uint64_t> bytes_delivered(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  constexpr socklen_t kNeeded = offsetof(tcp_info, tcpi_bytes_received) + 8;
  int unread = 0;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < kNeeded ||
      ioctl(descriptor, SIOCINQ, &unread) != 0)
    return std::nullopt;
  return info.tcpi_bytes_received - static_cast<std::uint64_t>(unread);
}

}  // namespace

SocketEvents ConnectionWatch::events_of(zmq::context_t& context, zmq::socket_t& router) {
  return SocketEvents(context, router,
                      ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED);
}

void ConnectionWatch::heard(const zmq::message_t& part) {
  const int descriptor = zmq_msg_get(const_cast<zmq::message_t&>(part).handle(), ZMQ_SRCFD);
  if (const auto found = connections_.find(descriptor); found != connections_.end())
    found->second.heard = true;
}

void ConnectionWatch::take_events() {
  while (const auto event = events_.next()) {
    const int descriptor = static_cast<int>(event->value);
    connections_.erase(descriptor);
    if (event->kind != ZMQ_EVENT_ACCEPTED) continue;
    if (const auto peer = tcp_peer(descriptor))
      // Whole messages may have come before this was looked at.
      connections_[descriptor] = {*peer, bytes_delivered(descriptor).value_or(0), false, false,
                                  Clock::now()};
  }
}

int ConnectionWatch::cut_off(bool drained) {
  const auto now = Clock::now();
  if (now < next_look_) return 0;
  next_look_ = now + kLookPeriod;
  take_events();
  int ended = 0;
  for (auto it = connections_.begin(); it != connections_.end();) {
    auto& [descriptor, connection] = *it;
    const auto peer = tcp_peer(descriptor);
    const auto delivered = bytes_delivered(descriptor);
    if (!peer || !delivered || std::memcmp(&*peer, &connection.peer, sizeof *peer) != 0) {
      it = connections_.erase(it);
      continue;
    }
    if (connection.heard) {
      connection.delivered = *delivered;
      connection.heard = false;
      connection.heard_at = now;
      connection.suspect = false;
    }
    const bool over = *delivered - connection.delivered > allowed_;
    if (over && connection.suspect && (drained || now - connection.heard_at > kTurnOfAll)) {
      // libzmq reads the end of the connection and closes it itself.
      shutdown(descriptor, SHUT_RDWR);
      ++ended;
      it = connections_.erase(it);
      continue;
    }
    // Whole messages among these bytes are handed over before the next look.
    connection.suspect = over;
    ++it;
  }
  return ended;
}

}  // namespace slicecast::wire
