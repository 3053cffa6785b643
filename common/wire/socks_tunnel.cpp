#include "common/wire/socks_tunnel.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "common/base/thread_name.h"
#include "common/wire/address.h"
#include "common/wire/proxy_probe.h"

namespace slicecast::wire {
namespace {

constexpr std::size_t kMostEntrances = 256, kMostConnections = 1024;

// A loopback port of the system's choice; -1: none.
int listen_on_loopback(int& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (listener >= 0 && bind(listener, reinterpret_cast<sockaddr*>(&name), size) == 0 &&
      listen(listener, 64) == 0 &&
      getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size) == 0) {
    port = ntohs(name.sin_port);
    return listener;
  }
  if (listener >= 0) close(listener);
  return -1;
}

// Begins to connect to "host:port"; -1: it cannot even be tried.
int connecting_to(const std::string& proxy) {
  const auto colon = proxy.rfind(':');
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(proxy.substr(0, colon).c_str(), proxy.substr(colon + 1).c_str(), &hints,
                  &found) != 0)
    return -1;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  const int far = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (far < 0) return -1;
  if (connect(far, found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS) return far;
  close(far);
  return -1;
}

void send_at_once(int connection) {
  const int yes = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

}  // namespace

SocksTunnel::SocksTunnel(std::string proxy)
    : proxy_(std::move(proxy)), thread_([this](std::stop_token stop) { run(stop); }) {}

SocksTunnel::~SocksTunnel() {
  thread_.request_stop();
  wake_.signal();
  thread_.join();
  for (const auto& [address, entrance] : entrances_) close(entrance.listener);
}

Result<std::string> SocksTunnel::entrance(const std::string& address) {
  if (auto listening = probe_proxy(proxy_); !listening) return listening.error();
  const auto target = parse_tcp(address);
  const auto request = target ? socks_request(target->host, target->port) : std::nullopt;
  if (!request)
    return Error{Errc::invalid_argument,
                 "cannot reach " + address + " through a proxy; write tcp://HOST:PORT"};
  std::lock_guard lock(mutex_);
  auto found = entrances_.find(address);
  if (found == entrances_.end()) {
    Entrance made{-1, 0, *request};
    if (entrances_.size() < kMostEntrances) made.listener = listen_on_loopback(made.port);
    if (made.listener < 0)
      return Error{Errc::resource_exhausted, "no further connection through the proxy " + proxy_ +
                                                 "; raise the limit of open files (ulimit -n)"};
    found = entrances_.emplace(address, made).first;
    wake_.signal();
  }
  return "tcp://127.0.0.1:" + std::to_string(found->second.port);
}

void SocksTunnel::accept_from(const Entrance& entrance) {
  const int near = accept4(entrance.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (near < 0) return;
  const int far = connections_.size() < kMostConnections ? connecting_to(proxy_) : -1;
  if (far < 0) {
    close(near);
    return;
  }
  send_at_once(near);
  send_at_once(far);
  connections_.emplace_back(near, far, entrance.greeting);
}

void SocksTunnel::run(std::stop_token stop) {
  name_thread("socks");
  std::vector<pollfd> items;
  std::vector<Entrance> listening;
  while (!stop.stop_requested()) {
    wake_.clear();
    listening.clear();
    {
      std::lock_guard lock(mutex_);
      for (const auto& [address, entrance] : entrances_) listening.push_back(entrance);
    }
    items = {{wake_.fd(), POLLIN, 0}};
    for (const auto& entrance : listening) items.push_back({entrance.listener, POLLIN, 0});
    for (const auto& connection : connections_)
      for (const auto& item : connection.wanted()) items.push_back(item);
    if (poll(items.data(), items.size(), -1) < 0) continue;
    std::size_t at = 1 + listening.size();
    for (auto it = connections_.begin(); it != connections_.end(); at += 2)
      it = it->serve({items[at], items[at + 1]}) ? std::next(it) : connections_.erase(it);
    for (std::size_t i = 0; i < listening.size(); ++i)
      if (items[1 + i].revents != 0) accept_from(listening[i]);
  }
  connections_.clear();
}

}  // namespace slicecast::wire
