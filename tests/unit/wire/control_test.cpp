#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/clock.h"
#include "common/wire/clock_estimate.h"
#include "link_fixture.h"
#include "rogue.h"

namespace slicecast::wire::test {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<ControlServer> serve(Context& context, ControlHandler handler,
                                     std::vector<std::string> bind = any_tcp(),
                                     std::uint64_t instance = 3) {
  std::unique_ptr<ControlServer> server;
  REQUIRE(eventually([&] {
    auto created = ControlServer::create(context, {"test", bind, instance}, handler);
    if (created) server = std::move(*created);
    return server != nullptr;
  }));
  return server;
}

std::unique_ptr<ControlClient> client_of(Context& context, const std::string& address) {
  ControlClient::Options options;
  options.client = "tester";
  options.address = address;
  auto client = ControlClient::create(context, options);
  REQUIRE(client);
  return std::move(*client);
}

v1::Request status_request() {
  v1::Request request;
  request.mutable_get_status();
  return request;
}

Result<void> say_hello(const v1::Request&, v1::Reply& reply) {
  reply.mutable_status()->set_service("hello");
  return {};
}

}  // namespace

TEST_CASE("a request to an address where nobody is names the address and a remedy") {
  const auto context = plain_context();
  const auto client = client_of(*context, "tcp://127.0.0.1:9");
  const auto reply = client->request(status_request(), milliseconds(50));
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Errc::unavailable);
  CHECK(reply.error().message.find("tcp://127.0.0.1:9") != std::string::npos);
  CHECK(reply.error().message.find("running") != std::string::npos);
}

TEST_CASE("an address that is none is refused at once") {
  const auto context = plain_context();
  ControlClient::Options options;
  options.address = "nonsense";
  const auto client = ControlClient::create(*context, options);
  REQUIRE_FALSE(client);
  CHECK(client.error().code == Errc::invalid_argument);
}

TEST_CASE("garbage is counted and the server goes on") {
  const auto context = plain_context();
  const auto server = serve(*context, say_hello);
  RogueConsumer rogue(server->addresses().front());
  rogue.send({"\xff\xff\xff"});
  rogue.send({"two", "parts"});
  rogue.send({""});  // a request without an id
  v1::Request wordy = status_request();
  wordy.set_id(4);
  wordy.set_client(std::string(257, 'x'));
  rogue.send({wordy.SerializeAsString()});
  CHECK(eventually([&] { return server->bad_requests() == 4; }));
  v1::Request unknown;
  unknown.set_id(5);
  rogue.send({unknown.SerializeAsString()});
  const auto parts = rogue.receive();
  REQUIRE(parts.size() == 1);
  v1::Reply reply;
  REQUIRE(reply.ParseFromString(parts[0]));
  CHECK(reply.id() == 5);
  CHECK(reply.error_code() == "unsupported");
  CHECK(client_of(*context, server->addresses().front())->request(status_request(), kHang));
}

TEST_CASE("errors and exceptions of a handler reach the client as errors") {
  const auto context = plain_context();
  const auto server = serve(*context, [](const v1::Request& request, v1::Reply&) -> Result<void> {
    if (request.has_get_scene()) throw std::runtime_error("oops");
    return Error{Errc::resource_exhausted, "no more slices; remove one"};
  });
  const auto client = client_of(*context, server->addresses().front());
  const auto refused = client->request(status_request(), kHang);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::resource_exhausted);
  CHECK(refused.error().message == "no more slices; remove one");
  v1::Request scene;
  scene.mutable_get_scene();
  CHECK_FALSE(client->request(scene, kHang));
  v1::Request ping;
  ping.mutable_ping();
  CHECK(client->request(ping, kHang));
}

TEST_CASE("a request is answered with the server's instance and time") {
  const auto context = plain_context();
  const auto server = serve(*context, say_hello);
  const auto client = client_of(*context, server->addresses().front());
  const auto before = now_ns();
  const auto reply = client->request(status_request(), kHang);
  REQUIRE(reply);
  CHECK(reply->status().service() == "hello");
  CHECK(reply->instance() == 3);
  CHECK(reply->server_time_ns() >= before);
  CHECK(client->client_id().starts_with("tester-"));
}

TEST_CASE("the handler learns who asks, in which role and for how long") {
  const auto context = plain_context();
  v1::Request seen;
  const auto server = serve(*context, [&](const v1::Request& request, v1::Reply&) -> Result<void> {
    seen = request;
    return {};
  });
  ControlClient::Options options;
  options.address = server->addresses().front();
  options.role = v1::OBSERVE;
  auto client = ControlClient::create(*context, options);
  REQUIRE(client);
  REQUIRE((*client)->request(status_request(), milliseconds(12345)));
  CHECK(seen.client() == (*client)->client_id());
  CHECK(seen.role() == v1::OBSERVE);
  CHECK(seen.deadline_ms() == 12345);
}

TEST_CASE("a late reply is dropped and the next request gets its own") {
  const auto context = plain_context();
  std::mutex mutex;
  std::condition_variable released;
  bool release = false;
  std::atomic<int> calls{0};
  const auto server = serve(*context, [&](const v1::Request&, v1::Reply& reply) -> Result<void> {
    const int call = ++calls;
    if (call == 1) {
      std::unique_lock lock(mutex);
      released.wait_for(lock, kHang, [&] { return release; });
    }
    reply.mutable_status()->set_service("call " + std::to_string(call));
    return {};
  });
  const auto client = client_of(*context, server->addresses().front());
  REQUIRE(eventually([&] {  // connected, and then late
    const auto late = client->request(status_request(), milliseconds(50));
    CHECK_FALSE(late);
    return !late && late.error().code == Errc::deadline_exceeded && calls.load() == 1;
  }));
  {
    std::lock_guard lock(mutex);
    release = true;
  }
  released.notify_all();
  const auto next = client->request(status_request(), kHang);
  REQUIRE(next);
  CHECK(next->status().service() != "call 1");
}

TEST_CASE("replies to other requests are not taken for this one's") {
  const auto context = plain_context();
  RogueProducer rogue;
  const auto client = client_of(*context, rogue.address());
  std::jthread server([&] {
    v1::Request request;
    request.ParseFromString(rogue.next_demand());
    v1::Reply reply;
    reply.set_id(request.id() + 1000);
    rogue.send({reply.SerializeAsString()});
    rogue.send({"\xff\xff"});
    rogue.send({"two", "parts"});
    reply.set_id(request.id());
    reply.mutable_status()->set_service("mine");
    rogue.send({reply.SerializeAsString()});
  });
  const auto reply = client->request(status_request(), kHang);
  REQUIRE(reply);
  CHECK(reply->status().service() == "mine");
}

TEST_CASE("a restarted server is found again by the same client") {
  const auto context = plain_context();
  auto server = serve(*context, say_hello);
  const auto bind = server->addresses();
  const auto client = client_of(*context, bind.front());
  REQUIRE(client->request(status_request(), kHang));
  server.reset();
  CHECK_FALSE(client->request(status_request(), milliseconds(20)));
  server = serve(*context, say_hello, bind, 4);
  const auto reply = client->request(status_request(), kHang);
  REQUIRE(reply);
  CHECK(reply->instance() == 4);
}

TEST_CASE("a waiting request can be cancelled from another thread") {
  const auto context = plain_context();
  const auto client = client_of(*context, "tcp://127.0.0.1:9");
  std::jthread canceller([&] { client->cancel(); });
  const auto reply = client->request(status_request(), kHang);
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Errc::cancelled);
}

TEST_CASE("several threads may share a client") {
  const auto context = plain_context();
  const auto server = serve(*context, say_hello);
  const auto client = client_of(*context, server->addresses().front());
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i)
          if (client->request(status_request(), kHang)) ++answered;
      });
  }
  CHECK(answered == 100);
}

TEST_CASE("the clock offset is that of the shortest round trip, with half of it as error") {
  ClockEstimate clock;
  CHECK_FALSE(clock.best().known);
  clock.add(1000, 3000, 502000);  // half a trip: 1000
  clock.add(5000, 5200, 505150);  // the best
  clock.add(6000, 9000, 500000);
  clock.add(9000, 8000, 500000);  // our clock went back: no measurement
  CHECK(clock.best().known);
  CHECK(clock.best().offset_ns == 505150 - 5100);
  CHECK(clock.best().error_ns == 100);
  for (int i = 0; i < 16; ++i) clock.add(10000, 14000, 600000);
  CHECK(clock.best().error_ns == 2000);  // clocks drift: old trips are let go
  clock.restart();
  CHECK_FALSE(clock.best().known);
}

TEST_CASE("a client on this machine finds its clock equal to the server's") {
  const auto context = plain_context();
  const auto server = serve(*context, say_hello);
  const auto client = client_of(*context, server->addresses().front());
  REQUIRE(client->request(status_request(), kHang));
  const auto clock = client->clock_offset();
  REQUIRE(clock.known);
  CHECK(std::abs(clock.offset_ns) <= clock.error_ns);
}

}  // namespace slicecast::wire::test
