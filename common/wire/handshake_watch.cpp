#include "common/wire/handshake_watch.h"

#include <atomic>
#include <cstring>

namespace slicecast::wire {
namespace {

constexpr int kFailures = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

std::string fresh_endpoint() {
  static std::atomic<std::uint64_t> made{0};
  return "inproc://handshake-" + std::to_string(++made);
}

Error refused(const std::string& address, const std::string& curve_directory, int event) {
  if (curve_directory.empty())
    return {Errc::permission_denied,
            address +
                " wants CURVE keys and we have none; set `curve` (--curve DIRECTORY) to a folder "
                "with a key pair whose public.key it allows ('slicecast keys' makes one)"};
  if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
    return {Errc::permission_denied,
            address + " does not allow our key; copy " + curve_directory +
                "/public.key into its allowed/ folder as NAME.key (no restart is needed)"};
  return {Errc::permission_denied,
          address +
              " listens, but the encrypted handshake fails: the keys may not match, or it has "
              "none; put its public.key into " +
              curve_directory +
              "/allowed/server.key, ours into its allowed/ folder, or give it `curve` as well"};
}

}  // namespace

HandshakeWatch::HandshakeWatch(Context& context, zmq::socket_t& watched, std::string address)
    : watched_(watched),
      events_(context.zmq(), zmq::socket_type::pair),
      address_(std::move(address)),
      curve_directory_(context.security().curve_directory.string()) {
  const std::string endpoint = fresh_endpoint();
  events_.set(zmq::sockopt::linger, 0);
  // A full pipe would block libzmq's own thread; refusal() keeps it short.
  events_.set(zmq::sockopt::rcvhwm, 0);
  if (zmq_socket_monitor(watched_.handle(), endpoint.c_str(), kFailures) == 0)
    events_.connect(endpoint);
}

HandshakeWatch::~HandshakeWatch() {
  if (watched_) zmq_socket_monitor(watched_.handle(), nullptr, 0);
}

std::optional<Error> HandshakeWatch::refusal() {
  std::optional<Error> last;
  for (zmq::message_t part; events_.recv(part, zmq::recv_flags::dontwait);) {
    std::uint16_t event = 0;
    std::uint32_t value = 0;
    if (part.size() >= sizeof event + sizeof value) {
      std::memcpy(&event, part.data(), sizeof event);
      std::memcpy(&value, part.data<char>() + sizeof event, sizeof value);
    }
    while (part.more() && events_.recv(part, zmq::recv_flags::dontwait)) continue;
    // Without keys a connection may also end for other reasons, e.g. a service that stops.
    const bool about_keys =
        !curve_directory_.empty() || (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL &&
                                      value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH);
    if (about_keys) last = refused(address_, curve_directory_, event);
  }
  return last;
}

}  // namespace slicecast::wire
