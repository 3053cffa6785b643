#include "socks5_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace slicecast::wire::test {
namespace {

constexpr int kLookForStopMs = 20;

sockaddr_in loopback(std::uint16_t network_port) {
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_port = network_port;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

int listening(int port, std::string& address) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;  // a proxy that comes back at once
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  auto name = loopback(htons(static_cast<std::uint16_t>(port)));
  socklen_t size = sizeof name;
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&name), size) == 0);
  REQUIRE(listen(fd, 1) == 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  address = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  return fd;
}

bool readable(int fd, std::stop_token stop) {
  pollfd item = {fd, POLLIN, 0};
  while (!stop.stop_requested())
    if (poll(&item, 1, kLookForStopMs) > 0) return true;
  return false;
}

}  // namespace

Socks5Proxy::Socks5Proxy(int port)
    : listener_(listening(port, address_)), thread_([this](std::stop_token stop) { run(stop); }) {}

Socks5Proxy::~Socks5Proxy() {
  thread_.request_stop();
  thread_.join();
  for (const int fd : {listener_, client_, server_})
    if (fd >= 0) close(fd);
}

void Socks5Proxy::run(std::stop_token stop) {
  // A client that only looks whether somebody listens goes away without a greeting.
  while (readable(listener_, stop)) {
    if (client_ >= 0) close(client_);
    client_ = accept(listener_, nullptr, nullptr);
    if (greet(stop)) return forward(stop);
  }
}

bool Socks5Proxy::greet(std::stop_token stop) {
  std::array<unsigned char, 64> said;
  if (!readable(client_, stop) || read(client_, said.data(), said.size()) < 3) return false;
  if (write(client_, "\x05\x00", 2) != 2) return false;
  if (!readable(client_, stop) || read(client_, said.data(), said.size()) != 10) return false;
  std::uint16_t port = 0;
  std::memcpy(&port, &said[8], 2);
  server_ = socket(AF_INET, SOCK_STREAM, 0);
  const auto name = loopback(port);
  if (connect(server_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return false;
  return write(client_, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10) == 10;
}

void Socks5Proxy::forward(std::stop_token stop) {
  std::array<char, 65536> bytes;
  while (!stop.stop_requested()) {
    pollfd items[2] = {{client_, POLLIN, 0}, {server_, POLLIN, 0}};
    if (poll(items, 2, kLookForStopMs) <= 0) continue;
    for (int i = 0; i < 2; ++i) {
      if (items[i].revents == 0) continue;
      const auto got = read(items[i].fd, bytes.data(), bytes.size());
      if (got <= 0 || write(items[1 - i].fd, bytes.data(), static_cast<std::size_t>(got)) != got)
        return;
      forwarded_ += static_cast<std::size_t>(got);
    }
  }
}

}  // namespace slicecast::wire::test
