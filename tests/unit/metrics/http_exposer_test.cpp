#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "common/metrics/metrics.h"

using namespace slicecast::metrics;

namespace {

// A connection that has sent `text`; -1: there is none.
int connection_with(int port, const std::string& text) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      send(fd, text.data(), text.size(), MSG_NOSIGNAL) > 0)
    return fd;
  close(fd);
  return -1;
}

std::string http(int port, const std::string& request) {
  const int fd = connection_with(port, request);
  std::string reply;
  if (fd >= 0) {
    char buffer[4096];
    for (ssize_t got; (got = recv(fd, buffer, sizeof buffer, 0)) > 0;)
      reply.append(buffer, static_cast<std::size_t>(got));
  }
  close(fd);
  return reply;
}

std::string get(int port, const std::string& path) {
  return http(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}

}  // namespace

TEST_CASE("a metrics port in use is refused with the remedy") {
  Registry registry("slice", "1.0");
  auto first = HttpExposer::create(registry, 0, {});
  REQUIRE(first);
  const auto second = HttpExposer::create(registry, (*first)->port(), {});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == slicecast::Errc::already_exists);
  CHECK(second.error().message.find(std::to_string((*first)->port())) != std::string::npos);
  CHECK(second.error().message.find("metrics_port") != std::string::npos);
}

TEST_CASE("other paths and methods are refused") {
  Registry registry("slice", "1.0");
  auto exposer = HttpExposer::create(registry, 0, {});
  REQUIRE(exposer);
  const int port = (*exposer)->port();
  CHECK(get(port, "/etc/passwd").starts_with("HTTP/1.1 404"));
  CHECK(get(port, "/").starts_with("HTTP/1.1 404"));
  CHECK(http(port, "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            .starts_with("HTTP/1.1 405"));
}

TEST_CASE("scrapers that stall in their request do not hide the health") {
  Registry registry("slice", "1.0");
  auto exposer = HttpExposer::create(registry, 0, {});
  REQUIRE(exposer);
  // It is told while all of them stall; on a busy machine one of some times.
  std::ptrdiff_t most_open = 0;
  for (int n = 0; n < 5 && most_open < 6; ++n) {
    std::array<int, 6> stalled{};
    for (int& fd : stalled) fd = connection_with((*exposer)->port(), "GET /metr");
    CHECK(get((*exposer)->port(), "/healthz").starts_with("HTTP/1.1 200"));
    const auto open = std::ranges::count_if(stalled, [](int fd) {
      char byte = 0;
      return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
    });
    most_open = std::max(most_open, open);
    for (const int fd : stalled) close(fd);
  }
  CHECK(most_open == 6);
}

TEST_CASE("a negative port opens nothing") {
  Registry registry("slice", "1.0");
  auto exposer = HttpExposer::create(registry, -1, {});
  REQUIRE(exposer);
  CHECK((*exposer)->port() == -1);
}

TEST_CASE("/metrics and /healthz answer, and trouble is a 503 that says what it is") {
  Registry registry("slice", "1.0");
  registry.add(std::make_shared<Ledger>("frames"));
  std::atomic<bool> well{true};
  auto exposer =
      HttpExposer::create(registry, 0, [&] { return well ? "" : "no projection for 10 s"; });
  REQUIRE(exposer);
  const int port = (*exposer)->port();
  CHECK(port > 0);
  const std::string metrics = get(port, "/metrics");
  CHECK(metrics.starts_with("HTTP/1.1 200"));
  CHECK(metrics.find("text/plain; version=0.0.4") != std::string::npos);
  CHECK(metrics.find("slicecast_ledger_received_total{flow=\"frames\"} 0\n") != std::string::npos);
  CHECK(get(port, "/healthz").starts_with("HTTP/1.1 200"));
  CHECK(get(port, "/healthz").ends_with("ok\n"));
  well = false;
  CHECK(get(port, "/healthz").starts_with("HTTP/1.1 503"));
  CHECK(get(port, "/healthz").ends_with("no projection for 10 s\n"));
}
