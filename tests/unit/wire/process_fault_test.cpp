// Real processes that are stopped and killed. Links over tcp; inproc knows no such faults.
#include <signal.h>

#include "common/wire/directory.h"
#include "link_fixture.h"
#include "peer_process.h"

namespace slicecast::wire::test {

TEST_CASE("a stopped consumer is forgotten, and one that continues goes on where it was") {
  const auto context = plain_context();
  BulkProducer::Options options;
  options.ring_messages = 10000;
  const auto producer = bulk_producer(*context, options);
  PeerProcess peer({"consume", producer->addresses().front()});
  std::uint64_t id = 0;
  const auto publish_some = [&](std::uint64_t count) {
    for (std::uint64_t n = 0; n < count; ++n) publish(*producer, ++id, 256, 256);
  };
  publish_some(100);
  REQUIRE(producer->wait_for_consumers(0, true, kHang));

  peer.signal(SIGSTOP);
  publish_some(500);
  // Nobody waits for it: it is silent, hence forgotten.
  REQUIRE(eventually([&] { return producer->consumers().empty(); }));
  CHECK(producer->wait_for_consumers(0, false, std::chrono::milliseconds(0)));
  publish_some(400);

  peer.signal(SIGCONT);
  REQUIRE(eventually([&] { return producer->consumers().size() == 1; }));
  REQUIRE(producer->wait_for_consumers(0, true, kHang));
  const std::string answer = peer.ask();
  CHECK(field(answer, "taken") == 1000);
  CHECK(field(answer, "lost") == 0);
  CHECK(field(answer, "next") == 1001);
}

TEST_CASE("a consumer that was stopped too long loses the same count on both sides") {
  const auto context = plain_context();
  BulkProducer::Options options;
  options.ring_messages = 100;
  const auto producer = bulk_producer(*context, options);
  PeerProcess peer({"consume", producer->addresses().front()});
  REQUIRE(eventually([&] { return producer->consumers().size() == 1; }));
  for (std::uint64_t id = 1; id <= 50; ++id) publish(*producer, id, 256, 256);
  REQUIRE(producer->wait_for_consumers(0, true, kHang));
  peer.signal(SIGSTOP);
  for (std::uint64_t id = 51; id <= 1000; ++id) publish(*producer, id, 256, 256);
  REQUIRE(eventually([&] { return producer->consumers().empty(); }));
  peer.signal(SIGCONT);
  REQUIRE(eventually([&] { return producer->consumers().size() == 1; }));
  REQUIRE(producer->wait_for_consumers(0, true, kHang));
  const std::string answer = peer.ask();
  const auto lost = field(answer, "lost");
  CHECK(lost > 0);
  CHECK(field(answer, "taken") + lost == 1000);
  REQUIRE(producer->consumers().size() == 1);
  CHECK(producer->consumers().front().lost == lost);
}

TEST_CASE("a stopped producer is seen as stale, a killed and restarted one is found again") {
  const auto context = plain_context();
  auto peer =
      std::make_unique<PeerProcess>(std::vector<std::string>{"produce", "tcp://127.0.0.1:0"});
  const std::string address = peer->read_line();
  REQUIRE_FALSE(address.empty());
  const auto consumer = bulk_consumer(*context, address);
  for (std::uint64_t i = 0; i < 100; ++i) REQUIRE(consumer->take(kHang));
  CHECK(consumer->state() == LinkState::live);
  peer->signal(SIGSTOP);
  CHECK(eventually([&] { return consumer->state() == LinkState::stale; }));
  while (consumer->take(std::chrono::milliseconds(0))) continue;

  peer = nullptr;  // SIGKILL
  peer = std::make_unique<PeerProcess>(std::vector<std::string>{"produce", address});
  REQUIRE(peer->read_line() == address);
  const auto preamble = consumer->take(kHang);
  REQUIRE(preamble);
  CHECK(preamble->header.has_scan_start());
  const auto first = consumer->take(kHang);
  REQUIRE(first);
  CHECK(first->header.frame().id() == 1);
  CHECK(consumer->state() == LinkState::live);
  CHECK(consumer->counts().instances == 2);
}

TEST_CASE("a killed service that is started again replaces its dead forerunner in the hub") {
  const auto context = plain_context();
  HubServer::Options options;
  options.bind = any_tcp();
  options.instance = 1;
  const auto hub = HubServer::create(*context, options);
  REQUIRE(hub);
  const std::vector<std::string> command = {"serve", "slice", (*hub)->addresses().front()};
  auto first = std::make_unique<PeerProcess>(command);
  REQUIRE(eventually([&] { return first->ask() == "announced"; }));
  first->signal(SIGKILL);
  PeerProcess second(command);
  CHECK(eventually([&] { return second.ask() == "announced"; }));
  CHECK((*hub)->service_count() == 1);
}

TEST_CASE("a stopped server costs its caller the deadline and nothing more") {
  const auto context = plain_context();
  HubServer::Options options;
  options.bind = any_tcp();
  options.instance = 1;
  const auto hub = HubServer::create(*context, options);
  REQUIRE(hub);
  PeerProcess peer({"serve", "slice", (*hub)->addresses().front()});
  REQUIRE(eventually([&] { return peer.ask() == "announced"; }));
  const auto directory = Directory::create(*context, (*hub)->addresses().front());
  REQUIRE(directory);
  const auto service = (*directory)->find("slice", kHang);
  REQUIRE(service);
  ControlClient::Options to;
  to.address = link_address(*service, "control");
  auto client = ControlClient::create(*context, to);
  REQUIRE(client);
  v1::Request ping;
  ping.mutable_ping();
  REQUIRE((*client)->request(ping, kHang));
  peer.signal(SIGSTOP);
  for (int i = 0; i < 3; ++i) {
    const auto late = (*client)->request(ping, std::chrono::milliseconds(30));
    REQUIRE_FALSE(late);
    CHECK((late.error().code == Errc::deadline_exceeded || late.error().code == Errc::unavailable));
  }
  peer.signal(SIGCONT);
  CHECK((*client)->request(ping, kHang));
}

}  // namespace slicecast::wire::test
