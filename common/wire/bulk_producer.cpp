#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "common/wire/bulk.h"
#include "common/wire/bulk_cursor.h"
#include "common/wire/bulk_ring.h"
#include "common/wire/header_fields.h"
#include "common/wire/router_loop.h"

namespace slicecast::wire {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxBulkConsumers = 1000;
constexpr std::size_t kMaxAbsent = 64;
constexpr int kMessagesPerTurn = 64;  // so that demands are heard while much is to be sent
// A consumer hears something in answer to each of its periodic demands.
constexpr auto kBulkKeepAliveAfter = std::chrono::milliseconds(300);

class RouterBulkProducer final : public BulkProducer, private RouterLoop::Owner {
 public:
  RouterBulkProducer(Options options, BoundSocket bound)
      : instance_(options.instance),
        card_(options.card),
        ring_(options.ring_bytes, options.ring_messages),
        loop_(std::move(bound), "bulk>" + options.name, *this) {}

  std::uint64_t publish(v1::BulkHeader header, ConstBufferPtr pixels,
                        PixelsOnCard on_card) override;
  void set_preamble(std::vector<v1::BulkHeader> headers) override;
  void forget_before(std::uint64_t sequence) override;
  bool wait_for_consumers(std::uint64_t backlog, bool need_consumer,
                          std::chrono::milliseconds deadline) override;
  std::vector<std::string> addresses() const override { return loop_.addresses(); }
  std::vector<Consumer> consumers() const override;
  std::size_t ring_bytes_used() const override;
  std::uint64_t bad_demands() const override { return bad_demands_.load(); }
  std::uint64_t handed_over() const override { return handed_over_.load(); }

 private:
  struct Message {
    std::string header;
    ConstBufferPtr pixels;
    std::size_t bytes = 0;
    bool in_ring = true;
    std::shared_ptr<const void> card_image;  // the header names its place
  };

  void received(const std::string& peer, std::span<const char> bytes) override;
  void garbage() override { ++bad_demands_; }
  std::chrono::nanoseconds turn() override;

  std::vector<std::string> live_peers();
  void admit(const std::string& peer, const v1::BulkDemand& demand, Clock::time_point now);
  // Sends one message to `peer` if it may have one; false when there was nothing to send.
  bool serve(const std::string& peer);
  std::vector<Message> next_messages(BulkCursor& cursor);
  void drop_longest_absent();
  std::string stamped(std::string header, std::uint64_t sequence) const;

  bool shares_card(const BulkCursor& cursor) const { return card_.known() && cursor.card == card_; }

  const std::uint64_t instance_;
  const CardIdentity card_;
  std::atomic<std::uint64_t> bad_demands_{0}, handed_over_{0};
  mutable std::mutex mutex_;
  std::condition_variable progress_;
  BulkRing ring_;
  std::vector<std::string> preamble_;
  // A consumer that went silent keeps its cursor: what is in flight to a stopped process still
  // arrives when it continues, and its losses stay counted.
  std::map<std::string, BulkCursor> cursors_;
  RouterLoop loop_;  // last: its thread uses all of the above
};

std::string RouterBulkProducer::stamped(std::string header, std::uint64_t sequence) const {
  append_varint_field(header, v1::BulkHeader::kSequenceFieldNumber, sequence);
  append_varint_field(header, v1::BulkHeader::kOldestFieldNumber, ring_.oldest());
  append_varint_field(header, v1::BulkHeader::kNewestFieldNumber, ring_.end() - 1);
  return header;
}

std::uint64_t RouterBulkProducer::publish(v1::BulkHeader header, ConstBufferPtr pixels,
                                          PixelsOnCard on_card) {
  const std::size_t bytes = header.has_pixels() ? header.pixels().bytes() : 0;
  if (bytes > (pixels ? pixels->size() : 0)) return 0;
  if (bytes == 0) header.clear_pixels();
  header.set_instance(instance_);
  header.clear_sequence();
  header.clear_oldest();
  header.clear_card_pixels();
  RingMessage message{
      header.SerializeAsString(), bytes > 0 ? std::move(pixels) : nullptr, bytes, {}, nullptr};
  if (on_card.image != nullptr) {
    header.clear_pixels();
    *header.mutable_card_pixels() = std::move(on_card.place);
    message.card_header = header.SerializeAsString();
    message.card_image = std::move(on_card.image);
  }
  std::uint64_t sequence = 0;
  {
    std::lock_guard lock(mutex_);
    sequence = ring_.push(std::move(message));
  }
  loop_.wake();
  return sequence;
}

void RouterBulkProducer::set_preamble(std::vector<v1::BulkHeader> headers) {
  std::vector<std::string> serialised;
  for (auto& header : headers) {
    header.set_instance(instance_);
    header.clear_sequence();
    header.clear_oldest();
    header.clear_pixels();
    serialised.push_back(header.SerializeAsString());
  }
  std::lock_guard lock(mutex_);
  preamble_.swap(serialised);
}

void RouterBulkProducer::forget_before(std::uint64_t sequence) {
  {
    std::lock_guard lock(mutex_);
    ring_.forget_before(sequence);
    for (auto& [peer, cursor] : cursors_)
      if (!cursor.absent) cursor.may_send(ring_);  // counts what it loses
  }
  progress_.notify_all();
}

bool RouterBulkProducer::wait_for_consumers(std::uint64_t backlog, bool need_consumer,
                                            std::chrono::milliseconds deadline) {
  std::unique_lock lock(mutex_);
  return progress_.wait_until(lock, Clock::now() + deadline, [&] {
    bool anybody = false;
    for (const auto& [peer, cursor] : cursors_) {
      if (cursor.absent) continue;
      if (cursor.backlog(ring_) > backlog) return false;
      anybody = true;
    }
    return anybody || !need_consumer;
  });
}

std::vector<BulkProducer::Consumer> RouterBulkProducer::consumers() const {
  std::lock_guard lock(mutex_);
  std::vector<Consumer> listed;
  for (const auto& [peer, cursor] : cursors_)
    if (!cursor.absent)
      listed.push_back(
          {cursor.name, shares_card(cursor), cursor.next(), cursor.lost, cursor.backlog(ring_)});
  return listed;
}

std::size_t RouterBulkProducer::ring_bytes_used() const {
  std::lock_guard lock(mutex_);
  return ring_.bytes();
}

void RouterBulkProducer::received(const std::string& peer, std::span<const char> bytes) {
  v1::BulkDemand demand;
  if (!demand.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return garbage();
  const auto now = Clock::now();
  {
    std::lock_guard lock(mutex_);
    const auto known = cursors_.find(peer);
    if (known != cursors_.end())
      known->second.heard(demand, instance_, ring_, now);
    else
      admit(peer, demand, now);
  }
  progress_.notify_all();
}

void RouterBulkProducer::admit(const std::string& peer, const v1::BulkDemand& demand,
                               Clock::time_point now) {
  if (cursors_.size() >= kMaxBulkConsumers) drop_longest_absent();
  if (cursors_.size() >= kMaxBulkConsumers) return;
  BulkCursor cursor(demand, instance_, ring_, now);
  for (auto former = cursors_.begin(); former != cursors_.end(); ++former) {
    if (!former->second.absent || former->second.name != cursor.name) continue;
    cursor.inherit(former->second);
    cursors_.erase(former);
    break;
  }
  cursors_.emplace(peer, std::move(cursor));
}

void RouterBulkProducer::drop_longest_absent() {
  auto longest = cursors_.end();
  for (auto entry = cursors_.begin(); entry != cursors_.end(); ++entry)
    if (entry->second.absent &&
        (longest == cursors_.end() || entry->second.last_heard < longest->second.last_heard))
      longest = entry;
  if (longest != cursors_.end()) cursors_.erase(longest);
}

std::vector<std::string> RouterBulkProducer::live_peers() {
  std::vector<std::string> peers;
  bool someone_left = false;
  {
    std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    std::size_t absent = 0;
    for (auto& [peer, cursor] : cursors_) {
      if (!cursor.absent && now - cursor.last_heard > kForgottenAfter)
        someone_left = cursor.absent = true;
      if (cursor.absent)
        ++absent;
      else
        peers.push_back(peer);
    }
    for (; absent > kMaxAbsent; --absent) drop_longest_absent();
  }
  if (someone_left) progress_.notify_all();
  return peers;
}

std::vector<RouterBulkProducer::Message> RouterBulkProducer::next_messages(BulkCursor& cursor) {
  std::vector<Message> messages;
  const bool more = cursor.may_send(ring_);
  if (cursor.needs_preamble && !cursor.blocked)
    for (const auto& header : preamble_)
      messages.push_back({stamped(header, 0), nullptr, 0, false, nullptr});
  if (more) {
    const auto& message = ring_.at(cursor.next());
    if (message.card_image != nullptr && shares_card(cursor))
      messages.push_back({stamped(message.card_header, cursor.next()), nullptr, message.bytes, true,
                          message.card_image});
    else
      messages.push_back(
          {stamped(message.header, cursor.next()), message.pixels, message.bytes, true, nullptr});
  } else if (messages.empty() && cursor.last_sent + kBulkKeepAliveAfter < cursor.last_heard) {
    v1::BulkHeader alive;
    alive.set_instance(instance_);
    messages.push_back({stamped(alive.SerializeAsString(), 0), nullptr, 0, false, nullptr});
  }
  return messages;
}

bool RouterBulkProducer::serve(const std::string& peer) {
  std::vector<Message> messages;
  {
    std::lock_guard lock(mutex_);
    const auto known = cursors_.find(peer);
    if (known == cursors_.end()) return false;
    messages = next_messages(known->second);
  }
  Sent outcome = Sent::done;
  bool advanced = false;
  for (const auto& message : messages) {
    outcome = loop_.send(peer, message.header, message.pixels,
                         message.card_image == nullptr ? message.bytes : 0);
    if (outcome != Sent::done) break;
    advanced = advanced || message.in_ring;
  }
  std::lock_guard lock(mutex_);
  const auto known = cursors_.find(peer);
  if (known == cursors_.end() || messages.empty()) return false;
  BulkCursor& cursor = known->second;
  if (outcome == Sent::gone) {
    cursor.absent = true;
    progress_.notify_all();
    return false;
  }
  cursor.blocked = outcome == Sent::later;
  if (outcome == Sent::done) cursor.needs_preamble = false;
  cursor.last_sent = Clock::now();
  if (advanced) {
    if (messages.back().card_image != nullptr) ++handed_over_;
    cursor.sent(messages.back().bytes, cursor.last_sent, std::move(messages.back().card_image));
  }
  return advanced;
}

std::chrono::nanoseconds RouterBulkProducer::turn() {
  const auto peers = live_peers();
  bool busy = !peers.empty();
  for (int round = 0; busy && round < kMessagesPerTurn; ++round) {
    busy = false;
    for (const auto& peer : peers) busy = serve(peer) || busy;  // one each in turn: fair
  }
  return busy ? std::chrono::nanoseconds(0) : std::chrono::milliseconds(250);
}

}  // namespace

Result<std::unique_ptr<BulkProducer>> BulkProducer::create(Context& context, Options options) {
  if (options.instance == 0)
    return Error{Errc::invalid_argument, "a bulk producer needs an instance; give new_instance()"};
  auto bound = bind_socket(context, zmq::socket_type::router, options.bind);
  if (!bound) return bound.error();
  return std::unique_ptr<BulkProducer>(
      std::make_unique<RouterBulkProducer>(std::move(options), std::move(*bound)));
}

}  // namespace slicecast::wire
