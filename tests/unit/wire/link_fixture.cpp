#include "link_fixture.h"

#include <algorithm>
#include <thread>

#include "common/wire/pixel_parts.h"

namespace slicecast::wire::test {

std::unique_ptr<Context> plain_context() {
  auto context = Context::create({});
  REQUIRE(context);
  return std::move(*context);
}

bool eventually(const std::function<bool()>& happened) {
  const auto until = std::chrono::steady_clock::now() + kHang;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::vector<std::string> any_tcp() {
  return {"tcp://127.0.0.1:0"};
}

BulkMessage frame(std::uint64_t id, std::size_t rows, std::size_t columns) {
  BulkMessage message;
  *message.header.mutable_pixels() = pixel_format(PixelType::u16, {rows, columns});
  message.header.mutable_frame()->set_id(id);
  auto pixels = Buffer::allocate(rows * columns * 2);
  std::fill_n(pixels->as<std::uint16_t>(), rows * columns, static_cast<std::uint16_t>(id));
  message.pixels = pixels;
  return message;
}

bool holds_frame(const BulkMessage& message, std::uint64_t id) {
  if (message.header.frame().id() != id || !message.pixels) return false;
  const auto* pixels = message.pixels->as<std::uint16_t>();
  return std::all_of(pixels, pixels + message.pixels->size() / 2,
                     [&](std::uint16_t pixel) { return pixel == static_cast<std::uint16_t>(id); });
}

std::unique_ptr<BulkProducer> bulk_producer(Context& context, BulkProducer::Options options) {
  if (options.name.empty()) options.name = "test";
  if (options.bind.empty()) options.bind = any_tcp();
  if (options.instance == 0) options.instance = new_instance();
  // A socket of this process that was closed gives its port free a moment later.
  std::unique_ptr<BulkProducer> producer;
  REQUIRE(eventually([&] {
    auto created = BulkProducer::create(context, options);
    if (created) producer = std::move(*created);
    return producer != nullptr;
  }));
  return producer;
}

std::unique_ptr<BulkConsumer> bulk_consumer(Context& context, const std::string& address,
                                            BulkConsumer::Options options) {
  if (options.name.empty()) options.name = "test";
  options.address = address;
  return BulkConsumer::create(context, options);
}

std::uint64_t publish(BulkProducer& producer, std::uint64_t id, std::size_t rows,
                      std::size_t columns) {
  auto message = frame(id, rows, columns);
  return producer.publish(message.header, message.pixels);
}

FeedMessage image(float value, std::size_t rows, std::size_t columns) {
  FeedMessage message;
  *message.header.mutable_pixels() = pixel_format(PixelType::f32, {rows, columns});
  message.header.mutable_slice();
  auto pixels = Buffer::allocate(rows * columns * 4);
  std::fill_n(pixels->as<float>(), rows * columns, value);
  message.pixels = pixels;
  return message;
}

std::unique_ptr<FeedProducer> feed_producer(Context& context, FeedProducer::Options options) {
  if (options.name.empty()) options.name = "test";
  if (options.bind.empty()) options.bind = any_tcp();
  if (options.instance == 0) options.instance = new_instance();
  // A socket of this process that was closed gives its port free a moment later.
  std::unique_ptr<FeedProducer> producer;
  REQUIRE(eventually([&] {
    auto created = FeedProducer::create(context, options);
    if (created) producer = std::move(*created);
    return producer != nullptr;
  }));
  return producer;
}

v1::Subscription subscription(const std::string& prefix) {
  v1::Subscription wanted;
  wanted.set_prefix(prefix);
  return wanted;
}

std::unique_ptr<FeedConsumer> feed_consumer(Context& context, const std::string& address,
                                            const std::string& prefix) {
  FeedConsumer::Options options;
  options.name = "test";
  options.address = address;
  options.subscriptions = {subscription(prefix)};
  return FeedConsumer::create(context, options);
}

}  // namespace slicecast::wire::test
