#include "link_fixture.h"

namespace slicecast::wire::test {
namespace {

const CardIdentity kCard{"GPU-1", "host-1"};

// Publishes frame `id` with a place on the card; the result expires when the memory may be reused.
std::weak_ptr<const int> publish_on_card(BulkProducer& producer, std::uint64_t id) {
  BulkMessage message = frame(id);
  auto image = std::make_shared<const int>(static_cast<int>(id));
  PixelsOnCard on_card;
  *on_card.place.mutable_format() = message.header.pixels();
  on_card.place.set_handle("handle " + std::to_string(id));
  on_card.image = image;
  producer.publish(std::move(message.header), std::move(message.pixels), std::move(on_card));
  return image;
}

std::unique_ptr<BulkProducer> card_producer(Context& context, std::size_t ring_messages = 100) {
  BulkProducer::Options options;
  options.card = kCard;
  options.ring_messages = ring_messages;
  return bulk_producer(context, std::move(options));
}

std::unique_ptr<BulkConsumer> card_consumer(Context& context, const BulkProducer& producer,
                                            const CardIdentity& card) {
  BulkConsumer::Options options;
  options.card = card;
  return bulk_consumer(context, producer.addresses().front(), std::move(options));
}

}  // namespace

TEST_CASE("consumers without a card, of another card and of another host get pixels") {
  const auto context = plain_context();
  const auto producer = card_producer(*context);
  publish_on_card(*producer, 3);
  for (const CardIdentity& card : {CardIdentity{}, CardIdentity{"GPU-2", "host-1"},
                                   CardIdentity{"GPU-1", "host-2"}, CardIdentity{"GPU-1", ""}}) {
    const auto consumer = card_consumer(*context, *producer, card);
    const auto message = consumer->take(kHang);
    REQUIRE(message);
    CHECK(holds_frame(*message, 3));
    CHECK_FALSE(message->header.has_card_pixels());
    CHECK(consumer->counts().on_card == 0);
  }
  CHECK(producer->handed_over() == 0);
}

TEST_CASE("a producer without a card sends pixels whatever a consumer claims") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  publish_on_card(*producer, 3);
  for (const CardIdentity& card : {CardIdentity{}, kCard}) {
    const auto message = card_consumer(*context, *producer, card)->take(kHang);
    REQUIRE(message);
    CHECK(holds_frame(*message, 3));
  }
}

TEST_CASE("a consumer on the producer's card gets places, and pixels where there are none") {
  const auto context = plain_context();
  const auto producer = card_producer(*context);
  const auto consumer = card_consumer(*context, *producer, kCard);
  const auto other = card_consumer(*context, *producer, {});
  publish_on_card(*producer, 1);
  publish(*producer, 2);
  const auto first = consumer->take(kHang);
  REQUIRE(first);
  CHECK(first->header.sequence() == 1);
  CHECK(first->header.frame().id() == 1);
  CHECK(first->header.card_pixels().handle() == "handle 1");
  CHECK(first->header.card_pixels().format().shape_size() == 2);
  CHECK_FALSE(first->header.has_pixels());
  CHECK_FALSE(first->pixels);
  const auto second = consumer->take(kHang);
  REQUIRE(second);
  CHECK(holds_frame(*second, 2));
  CHECK(consumer->counts().on_card == 1);
  CHECK(consumer->counts().received == 2);
  for (const std::uint64_t id : {1, 2}) {
    const auto message = other->take(kHang);
    REQUIRE(message);
    CHECK(holds_frame(*message, id));
  }
  CHECK(producer->handed_over() == 1);
}

TEST_CASE("an image stays on the card until the consumer has done with it") {
  const auto context = plain_context();
  const auto producer = card_producer(*context, /*ring_messages=*/1);
  const auto consumer = card_consumer(*context, *producer, kCard);
  const auto image = publish_on_card(*producer, 1);
  REQUIRE(consumer->take(kHang));
  const auto next = publish_on_card(*producer, 2);  // the ring lets go of the first
  REQUIRE(eventually([&] { return consumer->counts().received == 2; }));
  CHECK_FALSE(image.expired());  // being copied
  REQUIRE(consumer->take(kHang));
  CHECK(eventually([&] { return image.expired(); }));
  CHECK_FALSE(next.expired());
}

TEST_CASE("an image leaves the card with the ring when nobody was sent its place") {
  const auto context = plain_context();
  const auto producer = card_producer(*context, /*ring_messages=*/1);
  const auto image = publish_on_card(*producer, 1);
  CHECK_FALSE(image.expired());
  publish(*producer, 2);
  CHECK(image.expired());
}

TEST_CASE("a consumer that cannot map an image goes on from that message with pixels") {
  const auto context = plain_context();
  const auto producer = card_producer(*context);
  auto consumer = card_consumer(*context, *producer, kCard);
  for (std::uint64_t id = 1; id <= 3; ++id) publish_on_card(*producer, id);
  REQUIRE(consumer->take(kHang));
  const auto refused = consumer->take(kHang);
  REQUIRE(refused);
  BulkConsumer::Options again;
  again.resume_instance = refused->header.instance();
  again.resume_sequence = refused->header.sequence();
  consumer = bulk_consumer(*context, producer->addresses().front(), std::move(again));
  for (const std::uint64_t id : {2, 3}) {
    const auto message = consumer->take(kHang);
    REQUIRE(message);
    CHECK(holds_frame(*message, id));
  }
  CHECK(consumer->counts().fell_off_ring == 0);
}

}  // namespace slicecast::wire::test
