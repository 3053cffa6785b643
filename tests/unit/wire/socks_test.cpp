#include "common/wire/socket.h"

#include "link_fixture.h"
#include "socks5_proxy.h"

namespace slicecast::wire::test {

TEST_CASE("a SOCKS proxy that does not listen is an error with a remedy, not the end") {
  SecurityOptions security;
  security.socks_proxy = "127.0.0.1:9";  // the discard port: nobody listens
  auto context = Context::create(security);
  REQUIRE(context);
  const auto refused = connect_socket(**context, zmq::socket_type::dealer, "tcp://127.0.0.1:47600");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("ssh -D") != std::string::npos);
  security.socks_proxy = "nonsense";
  auto other = Context::create(security);
  REQUIRE(other);
  CHECK_FALSE(connect_socket(**other, zmq::socket_type::dealer, "tcp://127.0.0.1:47600"));
}

TEST_CASE("links reach a loopback address on the other side of a SOCKS proxy") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  Socks5Proxy proxy;
  SecurityOptions behind;
  behind.socks_proxy = proxy.address();
  const auto remote = Context::create(behind);
  REQUIRE(remote);
  const auto consumer = bulk_consumer(**remote, producer->addresses().front());
  publish(*producer, 3, 512, 512);
  const auto message = consumer->take(kHang);
  REQUIRE(message);
  CHECK(holds_frame(*message, 3));
  CHECK(proxy.forwarded() > 512 * 512 * 2);
}

TEST_CASE("a SOCKS proxy that dies under load costs the connection until it is back") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  auto proxy = std::make_unique<Socks5Proxy>();
  SecurityOptions behind;
  behind.socks_proxy = proxy->address();
  const int port = std::stoi(behind.socks_proxy.substr(behind.socks_proxy.find(':') + 1));
  const auto remote = Context::create(behind);
  REQUIRE(remote);
  const auto consumer = bulk_consumer(**remote, producer->addresses().front());
  std::uint64_t id = 0;
  for (int round = 0; round < 2; ++round) {
    std::size_t frames = 0;
    while (frames < 20) {
      publish(*producer, ++id, 256, 256);
      const auto message = consumer->take(std::chrono::milliseconds(20));
      if (!message) continue;
      ++frames;
      REQUIRE(message->pixels);
    }
    publish(*producer, ++id, 2048, 2048);  // on its way while the proxy goes
    proxy.reset();
    // libzmq's own client would end the process when it tries to reconnect now.
    REQUIRE(eventually([&] { return consumer->state() == LinkState::stale; }));
    proxy = std::make_unique<Socks5Proxy>(port);
  }
  CHECK(consumer->counts().received >= 40);
}

}  // namespace slicecast::wire::test
