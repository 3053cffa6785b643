#include "common/wire/socket.h"

#include <algorithm>

#include "common/wire/address.h"
#include "common/wire/connection_watch.h"

namespace slicecast::wire {
namespace {

using Type = zmq::socket_type;

constexpr int kPeerMessages = 5000;  // credit keeps links far below
constexpr int kForeignAtFirst = 64;  // of a receiver that does not know the size yet
constexpr std::int64_t kForeignMessageBytes = std::int64_t{1} << 30;  // one part carries a frame

void set_options(zmq::socket_t& socket, Type type, int foreign_messages) {
  namespace opt = zmq::sockopt;
  const bool own = type == Type::router || type == Type::dealer;
  const int high_water = own ? kPeerMessages : foreign_messages;
  socket.set(opt::linger, 0);
  socket.set(opt::sndhwm, high_water);
  socket.set(opt::rcvhwm, high_water);
  socket.set(opt::immediate, 1);
  socket.set(opt::reconnect_ivl, 50);
  socket.set(opt::reconnect_ivl_max, 500);
  socket.set(opt::handshake_ivl, 5000);
  // Long enough that one part arrives over a 1 Mbit/s link between two heartbeats.
  socket.set(opt::heartbeat_ivl, 2000);
  socket.set(opt::heartbeat_timeout, 10000);
  socket.set(opt::heartbeat_ttl, 10000);
  socket.set(opt::maxmsgsize,
             own ? static_cast<std::int64_t>(kMaxHeaderBytes) : kForeignMessageBytes);
  if (type == Type::router) socket.set(opt::router_mandatory, 1);
  if (type == Type::sub) socket.set(opt::subscribe, "");
}

std::string last_endpoint(zmq::socket_t& socket) {
  return socket.get(zmq::sockopt::last_endpoint);
}

Error bind_error(const std::string& address, int code) {
  const auto tcp = parse_tcp(address);
  if (code == EADDRINUSE)
    return {Errc::already_exists,
            address + ": " + (tcp ? "port " + std::to_string(tcp->port) : std::string("the name")) +
                " is in use by another process; stop that one, or configure another port (0 lets "
                "the system choose)"};
  if (code == EACCES)
    return {Errc::permission_denied, address +
                                         ": not allowed to bind; choose a port above 1023 or "
                                         "a folder of yours"};
  if (code == EMFILE || code == ENFILE)
    return {Errc::resource_exhausted,
            "cannot bind " + address + ": too many files are open; raise the limit (ulimit -n)"};
  if (code == EADDRNOTAVAIL || code == ENODEV)
    return {Errc::not_found, address +
                                 " is no address of this machine; use 127.0.0.1, one of its "
                                 "own addresses, or 0.0.0.0 for all"};
  return {Errc::invalid_argument, "cannot bind " + address + ": " + zmq_strerror(code) +
                                      "; write tcp://HOST:PORT or ipc://PATH"};
}

bool is_address(const std::string& address) {
  return parse_tcp(address) || address.starts_with("ipc://") || address.starts_with("inproc://");
}

// With IPv6 allowed libzmq would write IPv4 addresses as IPv6 ones, which others may not reach.
void allow_ipv6(zmq::socket_t& socket, const std::string& address) {
  socket.set(zmq::sockopt::ipv6, address.starts_with("tcp://["));
}

// libzmq binds to numbers and interfaces only.
std::string bindable(const std::string& address) {
  const auto tcp = parse_tcp(address);
  if (!tcp || tcp->host != "localhost") return address;
  return "tcp://127.0.0.1:" + std::to_string(tcp->port);
}

}  // namespace

int foreign_high_water(std::size_t queue_bytes, std::size_t message_bytes) {
  const std::size_t fit = queue_bytes / std::max<std::size_t>(message_bytes, 1);
  return static_cast<int>(std::clamp<std::size_t>(fit, 2, kForeignMessages));
}

Result<BoundSocket> bind_socket(Context& context, zmq::socket_type type,
                                const std::vector<std::string>& addresses, int foreign_messages) {
  const auto& security = context.security();
  const bool curve = !context.public_key().empty();
  if (addresses.empty())
    return Error{Errc::invalid_argument,
                 "no address to bind; give at least one, e.g. "
                 "tcp://127.0.0.1:0"};
  try {
    BoundSocket bound{zmq::socket_t(context.zmq(), type), {}, {}};
    set_options(bound.socket, type, foreign_messages);
    if (type == Type::router)
      bound.events = ConnectionWatch::events_of(context.zmq(), bound.socket);
    if (curve) {
      bound.socket.set(zmq::sockopt::curve_server, true);
      bound.socket.set(zmq::sockopt::curve_secretkey, context.secret_key());
      bound.socket.set(zmq::sockopt::zap_domain, "slicecast");
    }
    for (const auto& address : addresses) {
      if (!is_address(address)) return bind_error(address, EINVAL);
      if (is_public(address) && !curve && !security.allow_plain_public)
        return Error{Errc::permission_denied,
                     address +
                         " can be reached from other machines and nothing protects it; set "
                         "`curve`, bind to 127.0.0.1, or pass --allow-plain-public"};
      allow_ipv6(bound.socket, address);
      if (zmq_bind(bound.socket.handle(), bindable(address).c_str()) != 0)
        return bind_error(address, zmq_errno());
      bound.addresses.push_back(last_endpoint(bound.socket));
    }
    return bound;
  } catch (const zmq::error_t& failed) {
    return Error{Errc::resource_exhausted, std::string("cannot make a socket: ") + failed.what() +
                                               "; raise the limit of open files (ulimit -n)"};
  }
}

Result<zmq::socket_t> connect_socket(Context& context, zmq::socket_type type,
                                     const std::string& address, const std::string& server_key) {
  auto key = context.key_of_server(server_key);
  if (!key) return Error{key.error().code, address + ": " + key.error().message};
  try {
    zmq::socket_t socket(context.zmq(), type);
    set_options(socket, type, kForeignAtFirst);
    if (!key->empty()) {
      socket.set(zmq::sockopt::curve_serverkey, *key);
      socket.set(zmq::sockopt::curve_publickey, context.public_key());
      socket.set(zmq::sockopt::curve_secretkey, context.secret_key());
    }
    const auto route = context.route(address);
    if (!route) return route.error();
    allow_ipv6(socket, *route);
    if (zmq_connect(socket.handle(), route->c_str()) != 0)
      return Error{Errc::invalid_argument, "cannot connect to " + address + ": " +
                                               zmq_strerror(zmq_errno()) +
                                               "; write tcp://HOST:PORT or ipc://PATH"};
    return socket;
  } catch (const zmq::error_t& failed) {
    return Error{Errc::resource_exhausted, std::string("cannot make a socket: ") + failed.what() +
                                               "; raise the limit of open files (ulimit -n)"};
  }
}

}  // namespace slicecast::wire
