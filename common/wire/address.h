// Addresses of links: which are public, where ipc sockets live.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace slicecast::wire {

// "tcp://host:port" taken apart. `port` is 0 for "*" and "0".
struct TcpAddress {
  std::string host;
  int port = 0;
};
std::optional<TcpAddress> parse_tcp(std::string_view address);  // nothing: not a tcp address

// To be connected to: tcp with a port, ipc with a path or inproc with a name.
bool is_address(std::string_view text);
// Whether the value of `option` can lead to a peer: the name of a service at the hub, or an
// address. The error shows both, the former by `example`.
Result<void> check_peer(const std::string& option, const std::string& text,
                        const std::string& example);

// Only tcp addresses beyond loopback are public.
bool is_public(std::string_view address);

// Folder of this user's ipc sockets, mode 0700: $XDG_RUNTIME_DIR/slicecast, else
// /tmp/slicecast-<uid>. Empty when no folder that is ours alone can be had.
std::filesystem::path runtime_directory();

// Removes sockets in `directory` that nobody listens to (left behind by killed processes).
void remove_stale_sockets(const std::filesystem::path& directory);

}  // namespace slicecast::wire
