#include <set>
#include <thread>

#include "common/wire/pixel_parts.h"
#include "link_fixture.h"
#include "rogue.h"

namespace slicecast::wire::test {
namespace {

std::uint64_t show(FeedProducer& producer, const std::string& key, float value) {
  auto shown = image(value);
  return producer.publish(key, shown.header, shown.pixels);
}

float value_of(const FeedMessage& message) {
  return message.pixels->as<float>()[0];
}

std::string feed_header(const std::string& key, std::uint64_t version, std::uint64_t delivery) {
  auto header = image(0).header;
  header.set_instance(9);
  header.set_key(key);
  header.set_version(version);
  header.set_delivery(delivery);
  return header.SerializeAsString();
}

}  // namespace

TEST_CASE("a feed consumer counts wrong messages, gives their credit back and goes on") {
  const auto context = plain_context();
  RogueProducer rogue;
  const auto consumer = feed_consumer(*context, rogue.address());
  REQUIRE_FALSE(rogue.next_demand().empty());
  rogue.send({"\xff\xff no header"});
  rogue.send({feed_header("a", 1, 1), "too short"});
  v1::FeedDemand demand;
  do REQUIRE(demand.ParseFromString(rogue.next_demand()));
  while (demand.last_taken() != 1);
  rogue.send({feed_header("a", 2, 2), std::string(128, '\0')});
  const auto message = consumer->take(kHang);
  REQUIRE(message);
  CHECK(message->header.version() == 2);
  CHECK(consumer->counts().bad_header == 1);
  CHECK(consumer->counts().bad_size == 1);
  CHECK(consumer->counts().received == 1);
}

TEST_CASE("a feed image that announces more than its buffer holds is not published") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  auto shown = image(1);
  shown.header.mutable_pixels()->set_bytes(1000000);
  CHECK(producer->publish("a", shown.header, shown.pixels) == 0);
}

TEST_CASE("a slow consumer gets the newest of each key and the skipped ones are counted") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  const auto consumer = feed_consumer(*context, producer->addresses().front(), "slice/");
  show(*producer, "slice/1", 0);
  REQUIRE(eventually([&] { return consumer->counts().received == 1; }));
  for (int i = 1; i <= 500; ++i) show(*producer, "slice/1", static_cast<float>(i));
  show(*producer, "preview", 1);  // not asked for
  const auto first = consumer->take(kHang);
  REQUIRE(first);
  CHECK(value_of(*first) == 0);
  const auto second = consumer->take(kHang);
  REQUIRE(second);
  CHECK(value_of(*second) == 500);
  CHECK(second->header.superseded() == 499);
  CHECK(consumer->counts().superseded == 499);
  CHECK(consumer->counts().received == 2);
  REQUIRE(producer->consumers().size() == 1);
  CHECK(producer->consumers().front().superseded == 499);
  CHECK(producer->consumers().front().delivered == 2);
}

TEST_CASE("a feed consumer that stops taking holds up nobody") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  const auto lazy = feed_consumer(*context, producer->addresses().front());
  const auto busy = feed_consumer(*context, producer->addresses().front());
  REQUIRE(eventually([&] { return producer->consumers().size() == 2; }));
  for (int i = 1; i <= 300; ++i) {
    show(*producer, "a", static_cast<float>(i));
    const auto message = busy->take(kHang);
    REQUIRE(message);
    CHECK(value_of(*message) == static_cast<float>(i));
  }
  CHECK(lazy->counts().received == 1);
}

TEST_CASE("each consumer gets the encoding and size it asked for") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  FeedConsumer::Options thin;
  thin.address = producer->addresses().front();
  thin.subscriptions = {subscription("slice/")};
  thin.subscriptions[0].set_encoding(v1::QUANTISED_8);
  thin.subscriptions[0].set_max_side(4);
  const auto small = FeedConsumer::create(*context, thin);
  const auto whole = feed_consumer(*context, producer->addresses().front());
  show(*producer, "slice/1", 2.5f);
  const auto reduced = small->take(kHang);
  const auto full = whole->take(kHang);
  REQUIRE(reduced);
  REQUIRE(full);
  CHECK(full->header.pixels().type() == v1::FLOAT32);
  CHECK(full->pixels->size() == 128);
  CHECK(reduced->header.pixels().type() == v1::UINT8);
  CHECK(reduced->header.pixels().shape(1) == 4);
  CHECK(reduced->pixels->size() == 8);
  CHECK(reduced->header.pixels().offset() == 2.5);

  small->subscribe({subscription("slice/")});
  const auto again = small->take(kHang);
  REQUIRE(again);
  CHECK(again->header.version() == full->header.version());
  CHECK(again->header.pixels().type() == v1::FLOAT32);
}

TEST_CASE("a producer knows which keys are wanted, and forgets with its consumers") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  CHECK_FALSE(producer->wanted("slice/1"));
  auto consumer = feed_consumer(*context, producer->addresses().front(), "slice/");
  CHECK(eventually([&] { return producer->wanted("slice/1"); }));
  CHECK_FALSE(producer->wanted("preview"));
  consumer->subscribe({subscription("preview")});
  CHECK(eventually([&] { return producer->wanted("preview"); }));
  CHECK_FALSE(producer->wanted("slice/1"));
  consumer.reset();
  CHECK(eventually([&] { return !producer->wanted("preview"); }));
}

TEST_CASE("a removed key is told once and its taking is known") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  const auto consumer = feed_consumer(*context, producer->addresses().front());
  show(*producer, "request/me/1", 1);
  REQUIRE(consumer->take(kHang));
  CHECK(eventually([&] { return producer->taken("request/me/1"); }));
  producer->remove("request/me/1");
  const auto notice = consumer->take(kHang);
  REQUIRE(notice);
  CHECK(notice->header.removed());
  CHECK(notice->header.key() == "request/me/1");
  CHECK_FALSE(notice->pixels);
  show(*producer, "other", 1);
  const auto next = consumer->take(kHang);
  REQUIRE(next);
  CHECK(next->header.key() == "other");
}

TEST_CASE("a reconnected feed consumer is not shown again what it has") {
  const auto context = plain_context();
  FeedProducer::Options options;
  options.bind = {"tcp://127.0.0.1:0", "tcp://127.0.0.1:0"};
  const auto producer = feed_producer(*context, options);
  const auto addresses = producer->addresses();
  const auto consumer = feed_consumer(*context, addresses[0]);
  for (const auto* key : {"a", "b", "c"}) show(*producer, key, 1);
  std::set<std::string> keys;
  for (int i = 0; i < 3; ++i) {
    const auto message = consumer->take(kHang);
    REQUIRE(message);
    keys.insert(message->header.key());
  }
  CHECK(keys.size() == 3);
  consumer->connect(addresses[1]);
  REQUIRE(eventually([&] { return producer->consumers().size() == 2; }));
  show(*producer, "b", 2);
  const auto message = consumer->take(kHang);
  REQUIRE(message);
  CHECK(message->header.key() == "b");
  CHECK(consumer->counts().received == 4);
}

TEST_CASE("a restarted feed producer is found again and starts over") {
  const auto context = plain_context();
  FeedProducer::Options options;
  options.instance = 1;
  auto producer = feed_producer(*context, options);
  const std::string address = producer->addresses().front();
  const auto consumer = feed_consumer(*context, address);
  for (int i = 0; i < 3; ++i) {
    show(*producer, "a", 1);
    REQUIRE(consumer->take(kHang));
  }
  producer.reset();
  options.instance = 2;
  options.bind = {address};
  producer = feed_producer(*context, options);
  show(*producer, "a", 7);
  const auto message = consumer->take(kHang);
  REQUIRE(message);
  CHECK(message->header.instance() == 2);
  CHECK(message->header.version() == 1);
  CHECK(value_of(*message) == 7);
}

TEST_CASE("a feed header that cannot be read costs its message, not the credit") {
  const auto context = plain_context();
  RogueProducer producer;
  const auto consumer = feed_consumer(*context, producer.address());
  v1::FeedDemand demand;
  REQUIRE(demand.ParseFromString(producer.next_demand()));
  CHECK(demand.unreadable() == 0);
  producer.send({std::string("\xff\xff no header")});
  do REQUIRE(demand.ParseFromString(producer.next_demand()));
  while (demand.unreadable() == 0);
  CHECK(demand.unreadable() == 1);
  CHECK(consumer->counts().bad_header == 1);
}

TEST_CASE("feed messages without pixels travel too") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  const auto consumer = feed_consumer(*context, producer->addresses().front());
  v1::FeedHeader header;
  header.mutable_telemetry()->set_service("slice");
  producer->publish("telemetry", header, nullptr);
  const auto message = consumer->take(kHang);
  REQUIRE(message);
  CHECK(message->header.telemetry().service() == "slice");
  CHECK(consumer->state() == LinkState::live);
}

}  // namespace slicecast::wire::test
