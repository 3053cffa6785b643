#include <thread>

#include "common/wire/socket.h"
#include "link_fixture.h"
#include "rogue.h"

namespace slicecast::wire::test {
namespace {

std::string bulk_header(std::uint64_t instance, std::uint64_t sequence,
                        const v1::PixelFormat* pixels = nullptr) {
  v1::BulkHeader header;
  header.set_instance(instance);
  header.set_sequence(sequence);
  header.mutable_frame()->set_id(sequence);
  if (pixels != nullptr) *header.mutable_pixels() = *pixels;
  return header.SerializeAsString();
}

// Takes until `count` frames came; false when they are not `first`, `first` + 1, ...
bool takes_in_order(BulkConsumer& consumer, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t id = first; id < first + count; ++id) {
    const auto message = consumer.take(kHang);
    if (!message || !holds_frame(*message, id)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a bulk header that announces more bytes than its buffer holds is not published") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  auto message = frame(1);
  message.header.mutable_pixels()->set_bytes(message.pixels->size() + 1);
  CHECK(producer->publish(message.header, message.pixels) == 0);
  CHECK(producer->publish(message.header, nullptr) == 0);
  CHECK(producer->ring_bytes_used() == 0);
}

TEST_CASE("a bulk consumer counts wrong messages and goes on with the next good one") {
  const auto context = plain_context();
  RogueProducer rogue;
  const auto consumer = bulk_consumer(*context, rogue.address());
  REQUIRE_FALSE(rogue.next_demand().empty());
  v1::PixelFormat format = frame(0).header.pixels();
  rogue.send({"\xff\xff no header"});
  rogue.send({bulk_header(0, 1)});                                 // no instance
  rogue.send({bulk_header(7, 1, &format), std::string(63, 'x')});  // too short
  rogue.send({bulk_header(7, 2, &format), std::string(65, 'x')});  // too long
  rogue.send({bulk_header(7, 3, &format)});                        // no pixels at all
  rogue.send({bulk_header(7, 4), "pixels nobody announced"});
  format.set_bytes(std::uint64_t{1} << 60);  // not shape times size
  rogue.send({bulk_header(7, 5, &format), "x"});
  format.set_shape(0, 0xffffffff);
  format.set_shape(1, 0xffffffff);
  format.set_bytes(0xfffffffe00000001 * 2);  // the product has wrapped
  rogue.send({bulk_header(7, 6, &format), "x"});
  format.set_shape(0, 1 << 20);
  format.set_shape(1, 1 << 20);
  format.set_bytes(std::uint64_t{1} << 41);  // honest, but beyond what this consumer takes
  rogue.send({bulk_header(7, 7, &format), "x"});
  format = frame(0).header.pixels();
  rogue.send({bulk_header(7, 8, &format), std::string(32, '\0'), std::string(32, '\0')});

  const auto message = consumer->take(kHang);
  REQUIRE(message);
  CHECK(message->header.sequence() == 8);
  const auto counts = consumer->counts();
  CHECK(counts.bad_header == 2);
  CHECK(counts.bad_size == 7);
  CHECK(counts.received == 1);
  CHECK(counts.fell_off_ring == 0);
}

TEST_CASE("a bulk producer survives demands that are none") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  RogueConsumer rogue(producer->addresses().front());
  rogue.send({"\xff\xff\xff"});
  rogue.send({"two", "parts"});
  rogue.send({""});
  v1::BulkDemand absurd;
  absurd.set_instance(1);
  absurd.set_next_sequence(~std::uint64_t{0});
  absurd.set_window(0xffffffff);
  rogue.send({absurd.SerializeAsString()});
  publish(*producer, 5);
  const auto consumer = bulk_consumer(*context, producer->addresses().front());
  CHECK(takes_in_order(*consumer, 5, 1));
  // An empty one is valid: all defaults.
  CHECK(eventually([&] { return producer->bad_demands() == 2; }));
}

TEST_CASE("every bulk message arrives once, in order and bit for bit, over tcp, ipc and inproc") {
  const auto context = plain_context();
  for (const auto& bind : {any_tcp(), default_addresses("bulk-test", "bulk", 0),
                           std::vector<std::string>{"inproc://bulk-test"}}) {
    BulkProducer::Options options;
    options.bind = bind;
    const auto producer = bulk_producer(*context, options);
    const auto consumer = bulk_consumer(*context, producer->addresses().front());
    for (std::uint64_t id = 1; id <= 100; ++id) CHECK(publish(*producer, id) == id);
    CHECK(takes_in_order(*consumer, 1, 100));
    CHECK(consumer->counts().received == 100);
    CHECK(consumer->counts().fell_off_ring == 0);
    CHECK(consumer->state() == LinkState::live);
    CHECK(producer->wait_for_consumers(0, true, kHang));
  }
}

TEST_CASE("an image larger than one part is put together again") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  const auto consumer = bulk_consumer(*context, producer->addresses().front());
  publish(*producer, 77, 1500, 1001);  // 2.9 MiB in three parts
  publish(*producer, 78, 1024, 512);   // one part exactly
  CHECK(takes_in_order(*consumer, 77, 2));
}

TEST_CASE("a consumer that falls off the ring loses the exact count on both sides") {
  const auto context = plain_context();
  BulkProducer::Options options;
  options.ring_messages = 10;
  const auto producer = bulk_producer(*context, options);
  BulkConsumer::Options window;
  window.window = 4;
  const auto consumer = bulk_consumer(*context, producer->addresses().front(), window);
  publish(*producer, 1);
  REQUIRE(takes_in_order(*consumer, 1, 1));
  // Nothing is taken: four are in flight, and of the 96 that follow ten stay.
  for (std::uint64_t id = 2; id <= 5; ++id) publish(*producer, id);
  REQUIRE(eventually([&] { return consumer->counts().received == 5; }));
  for (std::uint64_t id = 6; id <= 101; ++id) publish(*producer, id);
  CHECK(takes_in_order(*consumer, 2, 4));
  CHECK(takes_in_order(*consumer, 92, 10));
  CHECK(consumer->counts().fell_off_ring == 86);
  REQUIRE(producer->consumers().size() == 1);
  CHECK(producer->consumers().front().lost == 86);
}

TEST_CASE("a consumer that stops taking holds up nobody and stays within its window") {
  const auto context = plain_context();
  BulkProducer::Options options;
  options.ring_messages = 50;
  const auto producer = bulk_producer(*context, options);
  BulkConsumer::Options window;
  window.window = 8;
  const auto lazy = bulk_consumer(*context, producer->addresses().front(), window);
  const auto busy = bulk_consumer(*context, producer->addresses().front());
  REQUIRE(eventually([&] { return producer->consumers().size() == 2; }));
  for (std::uint64_t id = 1; id <= 1000; ++id) {
    publish(*producer, id);
    REQUIRE(takes_in_order(*busy, id, 1));
  }
  CHECK(lazy->counts().received == 8);
  CHECK(busy->counts().fell_off_ring == 0);
  CHECK(producer->ring_bytes_used() == 50 * 64);
}

TEST_CASE("what one consumer pins in flight is bounded in bytes too") {
  const auto context = plain_context();
  BulkProducer::Options options;
  options.ring_bytes = std::size_t{8} << 20;
  const auto producer = bulk_producer(*context, options);
  BulkConsumer::Options window;
  window.window = 1000;
  const auto lazy = bulk_consumer(*context, producer->addresses().front(), window);
  REQUIRE(eventually([&] { return producer->consumers().size() == 1; }));
  std::vector<std::weak_ptr<const Buffer>> published;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    auto message = frame(id, 1024, 1024);
    published.push_back(message.pixels);
    producer->publish(message.header, std::move(message.pixels));
    // Each is offered before the next falls in.
    const std::uint64_t expected = std::min<std::uint64_t>(id, 32);  // 64 MiB of 2 MiB images
    REQUIRE(eventually([&] { return lazy->counts().received >= expected; }));
  }
  CHECK(eventually([&] {
    std::size_t alive = 0;
    for (const auto& buffer : published) alive += !buffer.expired();
    return alive == 4;  // what the ring keeps; what was in flight has left
  }));
  CHECK(lazy->counts().received == 32);
}

TEST_CASE("a restarted producer is found again, with its preamble and everything from oldest") {
  const auto context = plain_context();
  BulkProducer::Options options;
  options.instance = 11;
  auto producer = bulk_producer(*context, options);
  const std::string address = producer->addresses().front();
  const auto consumer = bulk_consumer(*context, address);
  publish(*producer, 1);
  REQUIRE(takes_in_order(*consumer, 1, 1));

  producer.reset();
  options.instance = 12;
  options.bind = {address};
  producer = bulk_producer(*context, options);
  v1::BulkHeader start;
  start.mutable_scan_start()->set_scan_id("second");
  producer->set_preamble({start});
  for (std::uint64_t id = 21; id <= 23; ++id) publish(*producer, id);

  const auto preamble = consumer->take(kHang);
  REQUIRE(preamble);
  CHECK(preamble->header.sequence() == 0);
  CHECK(preamble->header.scan_start().scan_id() == "second");
  CHECK(preamble->header.instance() == 12);
  CHECK(takes_in_order(*consumer, 21, 3));
  CHECK(consumer->counts().instances == 2);
  CHECK(consumer->counts().fell_off_ring == 0);
}

TEST_CASE("a new connection of the same consumer gets what was in flight again") {
  const auto context = plain_context();
  BulkProducer::Options options;
  options.bind = {"tcp://127.0.0.1:0", "tcp://127.0.0.1:0"};
  const auto producer = bulk_producer(*context, options);
  const auto addresses = producer->addresses();
  BulkConsumer::Options window;
  window.window = 4;
  const auto consumer = bulk_consumer(*context, addresses[0], window);
  for (std::uint64_t id = 1; id <= 20; ++id) publish(*producer, id);
  REQUIRE(takes_in_order(*consumer, 1, 6));
  consumer->connect(addresses[1]);  // a new routing id, as after a lost connection
  REQUIRE(takes_in_order(*consumer, 7, 14));
  CHECK(consumer->counts().instances == 1);
  CHECK(consumer->counts().fell_off_ring == 0);
}

TEST_CASE("messages sent twice are taken once") {
  const auto context = plain_context();
  RogueProducer rogue;
  const auto consumer = bulk_consumer(*context, rogue.address());
  REQUIRE_FALSE(rogue.next_demand().empty());
  for (const std::uint64_t sequence : {1, 2, 1, 2, 3}) rogue.send({bulk_header(7, sequence)});
  for (const std::uint64_t sequence : {1, 2, 3}) {
    const auto message = consumer->take(kHang);
    REQUIRE(message);
    CHECK(message->header.sequence() == sequence);
  }
  CHECK(consumer->counts().duplicates == 2);
}

TEST_CASE("taking frees credit, receipt does not") {
  const auto context = plain_context();
  RogueProducer rogue;
  BulkConsumer::Options options;
  options.window = 3;
  const auto consumer = bulk_consumer(*context, rogue.address(), options);
  v1::BulkDemand demand;
  REQUIRE(demand.ParseFromString(rogue.next_demand()));
  CHECK(demand.instance() == 0);
  CHECK(demand.window() == 3);
  for (const std::uint64_t sequence : {1, 2, 3}) rogue.send({bulk_header(7, sequence)});
  // The periodic demand, after receipt of all three.
  do REQUIRE(demand.ParseFromString(rogue.next_demand()));
  while (demand.next_receive() < 4);
  CHECK(demand.next_sequence() == 1);
  REQUIRE(consumer->take(kHang));
  do REQUIRE(demand.ParseFromString(rogue.next_demand()));
  while (demand.next_sequence() < 2);
  CHECK(demand.instance() == 7);
  CHECK(demand.next_sequence() == 2);
}

TEST_CASE("a consumer may begin with the newest, and still gets the preamble") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  v1::BulkHeader start;
  start.mutable_scan_start()->set_scan_id("running");
  producer->set_preamble({start});
  for (std::uint64_t id = 1; id <= 5; ++id) publish(*producer, id);
  BulkConsumer::Options newest;
  newest.from_newest = true;
  const auto consumer = bulk_consumer(*context, producer->addresses().front(), newest);
  const auto preamble = consumer->take(kHang);
  REQUIRE(preamble);
  CHECK(preamble->header.has_scan_start());
  publish(*producer, 6);
  CHECK(takes_in_order(*consumer, 6, 1));
  CHECK(consumer->counts().fell_off_ring == 0);
}

TEST_CASE("what the producer forgets is not sent to anybody new") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  for (std::uint64_t id = 1; id <= 5; ++id) publish(*producer, id);
  producer->forget_before(4);
  CHECK(producer->ring_bytes_used() == 2 * 64);
  const auto consumer = bulk_consumer(*context, producer->addresses().front());
  CHECK(takes_in_order(*consumer, 4, 2));
  CHECK(consumer->counts().fell_off_ring == 0);  // it was never promised them
}

TEST_CASE("a source can wait until its consumers have taken all, with a deadline") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  using std::chrono::milliseconds;
  CHECK(producer->wait_for_consumers(0, false, milliseconds(0)));
  CHECK_FALSE(producer->wait_for_consumers(0, true, milliseconds(1)));
  const auto consumer = bulk_consumer(*context, producer->addresses().front());
  REQUIRE(producer->wait_for_consumers(0, true, kHang));
  for (std::uint64_t id = 1; id <= 3; ++id) publish(*producer, id);
  CHECK_FALSE(producer->wait_for_consumers(0, true, milliseconds(1)));
  CHECK(producer->wait_for_consumers(3, true, milliseconds(0)));
  REQUIRE(takes_in_order(*consumer, 1, 3));
  CHECK(producer->wait_for_consumers(0, true, kHang));
}

TEST_CASE("stop wakes a consumer that waits") {
  const auto context = plain_context();
  const auto consumer = bulk_consumer(*context, "");
  CHECK(consumer->state() == LinkState::connecting);
  std::jthread stopper([&] { consumer->stop(); });
  CHECK_FALSE(consumer->take(kHang));
}

}  // namespace slicecast::wire::test
