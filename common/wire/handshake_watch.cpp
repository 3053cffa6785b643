#include "common/wire/handshake_watch.h"

namespace slicecast::wire {
namespace {

constexpr int kFailures = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

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
    : events_(context.zmq(), watched, kFailures),
      address_(std::move(address)),
      curve_directory_(context.security().curve_directory.string()) {}

std::optional<Error> HandshakeWatch::refusal() {
  std::optional<Error> last;
  while (const auto event = events_.next()) {
    given_up_ |= event->kind != ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    // Without keys a connection may also end for other reasons, e.g. a service that stops.
    const bool about_keys =
        !curve_directory_.empty() || (event->kind == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL &&
                                      event->value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH);
    if (about_keys) last = refused(address_, curve_directory_, event->kind);
  }
  return last;
}

}  // namespace slicecast::wire
