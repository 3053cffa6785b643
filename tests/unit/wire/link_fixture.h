// What the wire tests share: contexts, frames whose content is known, and waiting for events.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "common/wire/bulk.h"
#include "common/wire/control.h"
#include "common/wire/feed.h"

namespace slicecast::wire::test {

// Long enough that only a hang gets there, also under sanitizers on a busy machine.
inline constexpr std::chrono::milliseconds kHang{30000};

std::unique_ptr<Context> plain_context();

// True as soon as `happened` is; false when that takes until the hang guard.
bool eventually(const std::function<bool()>& happened);

// An address nobody else uses; tcp, because faults do not show on inproc.
std::vector<std::string> any_tcp();

// uint16 [rows, columns]; every pixel tells which frame it is from.
BulkMessage frame(std::uint64_t id, std::size_t rows = 4, std::size_t columns = 8);
bool holds_frame(const BulkMessage& message, std::uint64_t id);

std::unique_ptr<BulkProducer> bulk_producer(Context& context, BulkProducer::Options options = {});
std::unique_ptr<BulkConsumer> bulk_consumer(Context& context, const std::string& address,
                                            BulkConsumer::Options options = {});
std::uint64_t publish(BulkProducer& producer, std::uint64_t id, std::size_t rows = 4,
                      std::size_t columns = 8);

// float32 [rows, columns] filled with `value`.
FeedMessage image(float value, std::size_t rows = 4, std::size_t columns = 8);
std::unique_ptr<FeedProducer> feed_producer(Context& context, FeedProducer::Options options = {});
std::unique_ptr<FeedConsumer> feed_consumer(Context& context, const std::string& address,
                                            const std::string& prefix = "");
v1::Subscription subscription(const std::string& prefix);

}  // namespace slicecast::wire::test
