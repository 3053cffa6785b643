// One ZeroMQ context, its security and its ZAP handler. One per process (tests may have several).
// Everything made from a context must be destroyed before it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "common/base/error.h"

namespace slicecast::wire {

struct SecurityOptions {
  // Folder with `secret.key`, `public.key` (this process) and `allowed/*.key` (public keys of the
  // peers that may connect; also the keys of the servers we connect to). Empty: plain, loopback
  // only.
  std::filesystem::path curve_directory;
  // Bind to a public address without keys: refused unless set.
  bool allow_plain_public = false;
  std::string socks_proxy;  // host:port for everything this process connects to; empty: direct
};

class Context {
 public:
  static Result<std::unique_ptr<Context>> create(const SecurityOptions& security,
                                                 int io_threads = 1);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  zmq::context_t& zmq();
  const SecurityOptions& security() const;
  const std::string& public_key() const;  // Z85; empty when plain
  const std::string& secret_key() const;  // Z85; empty when plain; for connect and bind only

  // What to connect to in the place of `address`: the same, or for tcp with a SOCKS proxy the
  // entrance of a tunnel through it. Fails when no proxy listens.
  Result<std::string> route(const std::string& address) const;

  // The key to expect of a server that announced `announced` (may be empty: allowed/server.key if
  // there, else our own, as processes that share a folder have). Empty when plain. Refuses keys
  // that are not in the allow-list, and keys at all when we have none.
  Result<std::string> key_of_server(const std::string& announced) const;

 private:
  struct State;
  explicit Context(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A random nonzero number that names this run of a process; new on every start.
std::uint64_t new_instance();

// The boot id of this machine: ipc addresses are good only between processes that share it.
std::string host_id();

// Of several advertised addresses the one to use from here: ipc on the same host, else tcp.
// Empty when there is none.
std::string preferred_address(const std::vector<std::string>& addresses, const std::string& host);

}  // namespace slicecast::wire
