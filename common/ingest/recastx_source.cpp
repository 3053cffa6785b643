#include "common/ingest/recastx_source.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>

#include "common/base/clock.h"
#include "common/ingest/accounts.h"
#include "common/wire/socket.h"
#include "common/wire/wake.h"

namespace slicecast::ingest {
namespace {

using Clock = std::chrono::steady_clock;
using metrics::Drop;

constexpr std::size_t kParts = 2;
constexpr std::int64_t kStaleNs = 2'000'000'000;
constexpr std::int64_t kPauseNs = 200'000'000;  // longer than a reconnect takes at least

class RecastxSource final : public FrameSource {
 public:
  RecastxSource(wire::Context& context, RecastxOptions options)
      : context_(context),
        subscribe_(options.subscribe),
        queue_bytes_(options.queue_bytes),
        limits_(options.limits),
        pool_(options.pool ? std::move(options.pool) : BufferPool::create(limits_.max_frame_bytes)),
        accounts_("recastx link", std::move(options.ledger)),
        scans_(std::move(options.scans)) {}

  Result<void> open(const std::string& address, const std::string& server_key) {
    if (address.empty()) return {};
    auto socket = wire::connect_socket(
        context_, subscribe_ ? zmq::socket_type::sub : zmq::socket_type::pull, address, server_key);
    if (!socket) return socket.error();
    socket_.emplace(*std::move(socket));
    return {};
  }

  std::optional<Event> take(std::chrono::milliseconds deadline) override {
    const auto until = Clock::now() + deadline;
    for (;;) {
      if (stopping_) return std::nullopt;
      reconnect_if_asked();
      if (!pending_.empty()) {
        Event event = std::move(pending_.front());
        pending_.pop_front();
        return event;
      }
      if (socket_ && receive_message()) continue;
      const auto left = until - Clock::now();
      if (left <= Clock::duration::zero()) return std::nullopt;
      wire::wait(socket_ ? &*socket_ : nullptr, true, false, wake_, left);
    }
  }

  void stop() override {
    stopping_ = true;
    wake_.signal();
  }

  void connect(std::string address, std::string server_key) override {
    {
      std::lock_guard lock(mutex_);
      wanted_ = Target{std::move(address), std::move(server_key)};
    }
    wake_.signal();
  }

  IngestCounts counts() const override { return accounts_.counts(); }

  wire::LinkState state() const override {
    const std::int64_t heard = heard_ns_;
    if (heard == 0) return wire::LinkState::connecting;
    return steady_now_ns() - heard < kStaleNs ? wire::LinkState::live : wire::LinkState::stale;
  }

 private:
  struct Target {
    std::string address, server_key;
  };

  // The socket belongs to the taking thread, so that thread replaces it.
  void reconnect_if_asked() {
    std::optional<Target> target;
    {
      std::lock_guard lock(mutex_);
      target.swap(wanted_);
    }
    if (!target) return;
    socket_.reset();
    if (auto opened = open(target->address, target->server_key); !opened) accounts_.unknown();
  }

  // False when nothing waits. Parts beyond the dialect's two are read off and the message refused.
  bool receive_message() {
    zmq::message_t parts[kParts];
    std::size_t count = 0;
    bool more = true;
    while (more) {
      zmq::message_t surplus;
      zmq::message_t& part = count < kParts ? parts[count] : surplus;
      try {
        // Only the first part may be missing: libzmq hands over whole messages.
        if (!socket_->recv(part, zmq::recv_flags::dontwait)) return false;
      } catch (const zmq::error_t&) {
        return false;  // the context is going down; the caller sees its stop flag next
      }
      more = part.more();
      ++count;
    }
    heard_ns_ = steady_now_ns();
    if (count != kParts) {
      accounts_.refuse({Errc::malformed, "a recastx message must have two parts: JSON and pixels"});
      return true;
    }
    accept(parts[0], parts[1]);
    return true;
  }

  void accept(const zmq::message_t& json, const zmq::message_t& raw) {
    const std::int64_t acquired_ns = now_ns();
    const auto header = decode_recastx({static_cast<const std::byte*>(json.data()), json.size()},
                                       raw.size(), limits_);
    if (!header) return accounts_.refuse(header.error());
    if (!header->complete) return accounts_.drop(Drop::bad_size);
    // Copied once: libzmq's memory is neither aligned nor padded for vector loads.
    auto pixels = pool_->take(header->bytes);
    std::memcpy(pixels->data(), raw.data(), header->bytes);
    auto events = scans_.accept(*header, std::move(pixels), acquired_ns);
    accounts_.drop(Drop::wrong_scan, scans_.take_discarded());
    if (!events) return accounts_.refuse(events.error());
    for (const Event& event : *events)
      if (const auto* frame = std::get_if<FrameArrived>(&event))
        accounts_.deliver(frame->pixels->size());
    pending_ = *std::move(events);
    bound_queue(header->bytes, acquired_ns);
  }

  // The sender's own mark is 1000 messages; ours is that too, as far as they fit into memory. It is
  // set on the open connection; after a pause it may be another one, with the mark of the start.
  void bound_queue(std::size_t frame_bytes, std::int64_t now) {
    const bool same = frame_bytes == queued_frame_bytes_ && now - last_frame_ns_ < kPauseNs;
    last_frame_ns_ = now;
    if (same || !socket_) return;
    queued_frame_bytes_ = frame_bytes;
    try {
      socket_->set(zmq::sockopt::rcvhwm, wire::foreign_high_water(queue_bytes_, frame_bytes));
    } catch (const zmq::error_t&) {  // the context is going down
    }
  }

  wire::Context& context_;
  const bool subscribe_;
  const std::size_t queue_bytes_;
  const DecodeLimits limits_;
  const std::shared_ptr<BufferPool> pool_;
  Accounts accounts_;
  RecastxScans scans_;
  std::optional<zmq::socket_t> socket_;
  std::deque<Event> pending_;  // of one message: a scan, or the frames held of one
  std::size_t queued_frame_bytes_ = 0;
  std::int64_t last_frame_ns_ = 0;
  wire::Wake wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> heard_ns_{0};
  std::mutex mutex_;
  std::optional<Target> wanted_;
};

}  // namespace

Result<std::unique_ptr<FrameSource>> make_recastx_source(wire::Context& context,
                                                         RecastxOptions options) {
  auto scans = checked(std::move(options.scans));
  if (!scans) return scans.error();
  options.scans = *std::move(scans);
  const std::string address = options.address;
  const std::string server_key = options.server_key;
  auto source = std::make_unique<RecastxSource>(context, std::move(options));
  if (auto opened = source->open(address, server_key); !opened) return opened.error();
  return std::unique_ptr<FrameSource>(std::move(source));
}

}  // namespace slicecast::ingest
