// Random and truncated bytes against every end of every link: nothing may die, and a good peer is
// served afterwards. Seeded, so that a failure can be repeated.
#include <random>

#include "common/wire/directory.h"
#include "link_fixture.h"
#include "rogue.h"

namespace slicecast::wire::test {
namespace {

constexpr int kMessages = 400;

class Noise {
 public:
  explicit Noise(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

  std::string bytes(std::size_t longest) {
    std::string text(below(longest + 1), '\0');
    for (char& c : text) c = static_cast<char>(below(256));
    return text;
  }
  // A valid message with some bytes cut off, flipped or added.
  std::string damaged(std::string text) {
    for (std::size_t n = below(4); n > 0 && !text.empty(); --n)
      text[below(text.size())] = static_cast<char>(below(256));
    if (below(3) == 0) text.resize(below(text.size() + 1));
    if (below(4) == 0) text += bytes(20);
    return text;
  }
  std::vector<std::string> multipart(const std::string& valid) {
    std::vector<std::string> parts = {below(3) == 0 ? bytes(200) : damaged(valid)};
    for (std::size_t n = below(4); n > 0; --n) parts.push_back(bytes(100));
    return parts;
  }

 private:
  std::mt19937 random_;
};

std::string valid_bulk_header() {
  auto header = frame(3).header;
  header.set_instance(7);
  header.set_sequence(3);
  return header.SerializeAsString();
}

std::string valid_feed_header() {
  auto header = image(3).header;
  header.set_instance(7);
  header.set_key("slice/1");
  header.set_version(2);
  header.set_delivery(2);
  return header.SerializeAsString();
}

}  // namespace

TEST_CASE("no bytes from the network can end a bulk consumer") {
  const auto context = plain_context();
  RogueProducer rogue;
  const auto consumer = bulk_consumer(*context, rogue.address());
  REQUIRE_FALSE(rogue.next_demand().empty());
  Noise noise(1);
  for (int i = 0; i < kMessages; ++i) {
    rogue.send(noise.multipart(valid_bulk_header()));
    while (consumer->take(std::chrono::milliseconds(0))) continue;
  }
  auto good = frame(9);
  good.header.set_instance(1234567);
  good.header.set_sequence(9);
  rogue.send({good.header.SerializeAsString(),
              {good.pixels->as<char>(), good.pixels->as<char>() + good.pixels->size()}});
  bool served = false;
  while (auto message = consumer->take(kHang))
    if ((served = holds_frame(*message, 9) && message->header.instance() == 1234567)) break;
  CHECK(served);
  CHECK(consumer->counts().bad_header > 0);
  CHECK(consumer->counts().bad_size > 0);
}

TEST_CASE("no bytes from the network can end a feed consumer") {
  const auto context = plain_context();
  RogueProducer rogue;
  const auto consumer = feed_consumer(*context, rogue.address());
  REQUIRE_FALSE(rogue.next_demand().empty());
  Noise noise(2);
  for (int i = 0; i < kMessages; ++i) {
    rogue.send(noise.multipart(valid_feed_header()));
    while (consumer->take(std::chrono::milliseconds(0))) continue;
  }
  auto good = image(9);
  good.header.set_instance(1234567);
  good.header.set_key("good");
  good.header.set_version(1);
  rogue.send({good.header.SerializeAsString(),
              {good.pixels->as<char>(), good.pixels->as<char>() + good.pixels->size()}});
  bool served = false;
  while (auto message = consumer->take(kHang))
    if ((served = message->header.instance() == 1234567 && message->header.key() == "good")) break;
  CHECK(served);
  CHECK(consumer->counts().bad_header > 0);
  CHECK(consumer->counts().bad_size > 0);
}

TEST_CASE("no bytes from the network can end a producer, a server or the hub") {
  const auto context = plain_context();
  const auto bulk = bulk_producer(*context);
  const auto feed = feed_producer(*context);
  auto control =
      ControlServer::create(*context, {"test", any_tcp(), 3},
                            [](const v1::Request&, v1::Reply&) { return Result<void>(); });
  REQUIRE(control);
  HubServer::Options options;
  options.bind = any_tcp();
  options.instance = 4;
  auto hub = HubServer::create(*context, options);
  REQUIRE(hub);

  v1::BulkDemand bulk_demand;
  bulk_demand.set_instance(1);
  bulk_demand.set_next_sequence(3);
  bulk_demand.set_window(9);
  v1::FeedDemand feed_demand;
  feed_demand.add_subscriptions();
  feed_demand.add_keys_held(std::string("a"));
  v1::Request announce;
  announce.set_id(1);
  announce.mutable_announce()->mutable_service()->set_name("x");
  announce.mutable_announce()->mutable_service()->set_instance(5);
  const std::vector<std::pair<std::string, std::string>> targets = {
      {bulk->addresses().front(), bulk_demand.SerializeAsString()},
      {feed->addresses().front(), feed_demand.SerializeAsString()},
      {(*control)->addresses().front(), announce.SerializeAsString()},
      {(*hub)->addresses().front(), announce.SerializeAsString()}};
  Noise noise(3);
  for (const auto& [address, valid] : targets) {
    RogueConsumer rogue(address);
    for (int i = 0; i < kMessages; ++i) rogue.send(noise.multipart(valid));
  }

  publish(*bulk, 1);
  const auto bulk_taker = bulk_consumer(*context, bulk->addresses().front());
  CHECK(bulk_taker->take(kHang));
  auto shown = image(1);
  feed->publish("a", shown.header, shown.pixels);
  const auto feed_taker = feed_consumer(*context, feed->addresses().front());
  CHECK(feed_taker->take(kHang));
  for (const auto& address : {(*control)->addresses().front(), (*hub)->addresses().front()}) {
    ControlClient::Options to;
    to.address = address;
    auto client = ControlClient::create(*context, to);
    REQUIRE(client);
    v1::Request ping;
    ping.mutable_ping();
    CHECK((*client)->request(ping, kHang));
  }
}

}  // namespace slicecast::wire::test
