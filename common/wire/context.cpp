#include "common/wire/context.h"

#include <sys/stat.h>

#include <algorithm>

#include <google/protobuf/stubs/logging.h>

#include "common/wire/address.h"
#include "common/wire/keys.h"
#include "common/wire/socks_tunnel.h"
#include "common/wire/zap.h"

namespace slicecast::wire {

struct Context::State {
  SecurityOptions security;
  std::string public_key, secret_key;
  zmq::context_t zmq;
  std::unique_ptr<ZapHandler> zap;      // after zmq: its socket must close first
  std::unique_ptr<SocksTunnel> tunnel;  // null without a proxy
};

Context::Context(std::unique_ptr<State> state) : state_(std::move(state)) {}
Context::~Context() = default;

Result<std::unique_ptr<Context>> Context::create(const SecurityOptions& security, int io_threads) {
  // Malformed messages are counted; protobuf would let any peer fill our log with them.
  [[maybe_unused]] static const auto silenced = google::protobuf::SetLogHandler(nullptr);
  auto state = std::make_unique<State>();
  state->security = security;
  state->zmq.set(zmq::ctxopt::io_threads, io_threads);
  state->zmq.set(zmq::ctxopt::max_sockets, 4096);
  if (!security.curve_directory.empty()) {
    const auto& directory = security.curve_directory;
    struct stat status = {};
    if (stat((directory / "secret.key").c_str(), &status) == 0 && (status.st_mode & 077) != 0)
      return Error{
          Errc::permission_denied,
          "others may read " + (directory / "secret.key").string() + "; run chmod 600 on it"};
    auto secret = read_key(directory / "secret.key");
    if (!secret) return secret.error();
    auto own = read_key(directory / "public.key");
    if (!own) return own.error();
    char derived[41];
    if (zmq_curve_public(derived, secret->c_str()) != 0 || *own != derived)
      return Error{Errc::malformed, "public.key and secret.key in " + directory.string() +
                                        " are not a pair; make both anew"};
    state->secret_key = *secret;
    state->public_key = *own;
    state->zap = std::make_unique<ZapHandler>(state->zmq, directory, *own);
  }
  if (!security.socks_proxy.empty())
    state->tunnel = std::make_unique<SocksTunnel>(security.socks_proxy);
  return std::unique_ptr<Context>(new Context(std::move(state)));
}

zmq::context_t& Context::zmq() {
  return state_->zmq;
}
const SecurityOptions& Context::security() const {
  return state_->security;
}
const std::string& Context::public_key() const {
  return state_->public_key;
}
const std::string& Context::secret_key() const {
  return state_->secret_key;
}

Result<std::string> Context::route(const std::string& address) const {
  if (!state_->tunnel || !parse_tcp(address)) return address;
  return state_->tunnel->entrance(address);
}

Result<std::string> Context::key_of_server(const std::string& announced) const {
  const auto& directory = state_->security.curve_directory;
  if (directory.empty()) {
    if (announced.empty()) return std::string();
    return Error{Errc::permission_denied,
                 "this server wants CURVE keys; set `curve` to a folder with a key pair "
                 "whose public key the server allows"};
  }
  if (announced.empty() || announced == state_->public_key) {
    if (announced.empty())
      if (auto server = read_key(directory / "allowed" / "server.key")) return *server;
    return state_->public_key;
  }
  const auto keys = allowed_keys(directory);
  if (std::find(keys.begin(), keys.end(), announced) != keys.end()) return announced;
  return Error{Errc::permission_denied, "the server's key is not in " +
                                            (directory / "allowed").string() +
                                            "; copy its public.key there if it is to be trusted"};
}

}  // namespace slicecast::wire
