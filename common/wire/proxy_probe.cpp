#include "common/wire/proxy_probe.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace slicecast::wire {
namespace {

bool accepts(const addrinfo& where, std::chrono::milliseconds deadline) {
  const int probe = socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  bool accepted = connect(probe, where.ai_addr, where.ai_addrlen) == 0;
  if (!accepted && errno == EINPROGRESS) {
    pollfd waiting{probe, POLLOUT, 0};
    int failure = 0;
    socklen_t size = sizeof failure;
    accepted = poll(&waiting, 1, static_cast<int>(deadline.count())) == 1 &&
               getsockopt(probe, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
  }
  close(probe);
  return accepted;
}

}  // namespace

Result<void> probe_proxy(const std::string& host_and_port, std::chrono::milliseconds deadline) {
  const std::size_t colon = host_and_port.rfind(':');
  if (colon == std::string::npos || colon == 0)
    return Error{Errc::invalid_argument,
                 "'" + host_and_port + "' is no SOCKS proxy; write host:port, e.g. 127.0.0.1:1080"};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string host = host_and_port.substr(0, colon), port = host_and_port.substr(colon + 1);
  const int failed = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  if (failed != 0)
    return Error{Errc::invalid_argument, "the SOCKS proxy " + host_and_port + " cannot be found: " +
                                             gai_strerror(failed) + "; write host:port"};
  for (const addrinfo* where = found; where != nullptr; where = where->ai_next)
    if (accepts(*where, deadline)) return {};
  return Error{Errc::unavailable, "no SOCKS proxy listens at " + host_and_port +
                                      "; start it (ssh -D " + port + " HOST) or leave `socks` out"};
}

}  // namespace slicecast::wire
