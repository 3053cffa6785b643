#include <atomic>
#include <mutex>

#include "common/wire/feed.h"
#include "common/wire/feed_board.h"
#include "common/wire/feed_encode.h"
#include "common/wire/link_state.h"
#include "common/wire/router_loop.h"

namespace slicecast::wire {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxConsumers = 1000;
constexpr int kMaxListed = 4096;  // subscriptions, and keys held, of one consumer
constexpr auto kKeepAliveAfter = std::chrono::milliseconds(300);
constexpr std::size_t kEncodedIdleBytes = std::size_t{32} << 20;

class RouterFeedProducer final : public FeedProducer, private RouterLoop::Owner {
 public:
  RouterFeedProducer(const Options& options, BoundSocket bound)
      : instance_(options.instance),
        encoded_(BufferPool::create(kEncodedIdleBytes)),
        board_(options.instance),
        loop_(std::move(bound), "feed>" + options.name, *this) {}

  std::uint64_t publish(const std::string& key, v1::FeedHeader header,
                        ConstBufferPtr pixels) override {
    const std::size_t bytes = header.has_pixels() ? header.pixels().bytes() : 0;
    if (bytes > (pixels ? pixels->size() : 0)) return 0;
    if (bytes == 0) {
      header.clear_pixels();
      pixels.reset();
    }
    std::uint64_t version = 0;
    {
      std::lock_guard lock(mutex_);
      version = board_.publish(key, std::move(header), std::move(pixels));
    }
    if (version != 0) loop_.wake();
    return version;
  }
  void remove(const std::string& key) override {
    {
      std::lock_guard lock(mutex_);
      board_.remove(key);
    }
    loop_.wake();
  }
  bool wanted(const std::string& key) const override {
    std::lock_guard lock(mutex_);
    return board_.wanted(key);
  }
  bool taken(const std::string& key) const override {
    std::lock_guard lock(mutex_);
    return board_.taken(key);
  }
  std::vector<std::string> addresses() const override { return loop_.addresses(); }
  std::vector<Consumer> consumers() const override {
    std::lock_guard lock(mutex_);
    std::vector<Consumer> listed;
    for (const auto& [peer, viewer] : board_.viewers())
      listed.push_back({viewer.name, viewer.delivered, viewer.superseded});
    return listed;
  }
  std::uint64_t bad_demands() const override { return bad_demands_.load(); }

 private:
  void received(const std::string& peer, std::span<const char> bytes) override {
    v1::FeedDemand demand;
    if (!demand.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        demand.subscriptions_size() > kMaxListed || demand.keys_held_size() > kMaxListed)
      return garbage();
    std::lock_guard lock(mutex_);
    if (board_.viewers().contains(peer) || board_.viewers().size() < kMaxConsumers)
      board_.heard(peer, demand, Clock::now());
  }
  void garbage() override { ++bad_demands_; }
  std::chrono::nanoseconds turn() override;

  std::vector<std::string> live_peers();
  bool serve(const std::string& peer, Clock::time_point& retry);

  const std::uint64_t instance_;
  const std::shared_ptr<BufferPool> encoded_;
  std::atomic<std::uint64_t> bad_demands_{0};
  mutable std::mutex mutex_;
  FeedBoard board_;
  RouterLoop loop_;  // last: its thread uses all of the above
};

std::vector<std::string> RouterFeedProducer::live_peers() {
  std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  std::erase_if(board_.viewers(), [&](const auto& viewer) {
    return now - viewer.second.last_heard > kForgottenAfter;
  });
  std::vector<std::string> peers;
  for (const auto& [peer, viewer] : board_.viewers()) peers.push_back(peer);
  return peers;
}

bool RouterFeedProducer::serve(const std::string& peer, Clock::time_point& retry) {
  std::optional<FeedBoard::Delivery> delivery;
  bool keep_alive = false;
  {
    std::lock_guard lock(mutex_);
    auto& viewer = board_.viewers().at(peer);
    const auto now = Clock::now();
    delivery = board_.next(viewer, now, retry);
    if (!delivery && viewer.last_sent + kKeepAliveAfter < viewer.last_heard) {
      keep_alive = true;
      viewer.last_sent = now;
    }
  }
  Sent outcome = Sent::done;
  if (delivery) {
    // Outside the lock: an image takes milliseconds to reduce.
    auto image = encode_image(std::move(delivery->header), std::move(delivery->pixels),
                              delivery->encoding, delivery->max_side, *encoded_);
    outcome = loop_.send(peer, image.header.SerializeAsString(), image.pixels,
                         image.header.pixels().bytes());
  } else if (keep_alive) {
    v1::FeedHeader alive;
    alive.set_instance(instance_);
    outcome = loop_.send(peer, alive.SerializeAsString());
  }
  if (outcome != Sent::done) {
    // A full pipe means that the peer ignores credit; it starts over with its next demand.
    std::lock_guard lock(mutex_);
    board_.forget(peer);
  }
  return delivery && outcome == Sent::done;
}

std::chrono::nanoseconds RouterFeedProducer::turn() {
  auto retry = Clock::now() + std::chrono::milliseconds(250);
  bool busy = false;
  for (const auto& peer : live_peers()) busy = serve(peer, retry) || busy;
  // One in flight each: only demands, publications and rate limits can change anything.
  return busy ? std::chrono::nanoseconds(0) : retry - Clock::now();
}

}  // namespace

Result<std::unique_ptr<FeedProducer>> FeedProducer::create(Context& context, Options options) {
  if (options.instance == 0)
    return Error{Errc::invalid_argument, "a feed producer needs an instance; give new_instance()"};
  auto bound = bind_socket(context, zmq::socket_type::router, options.bind);
  if (!bound) return bound.error();
  return std::unique_ptr<FeedProducer>(
      std::make_unique<RouterFeedProducer>(options, std::move(*bound)));
}

}  // namespace slicecast::wire
