#include "common/wire/dealer_loop.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "common/wire/pixel_parts.h"
#include "common/wire/socket.h"

namespace slicecast::wire {
namespace {

constexpr int kReceivedPerTurn = 64;  // so that demands go out in a flood of messages
// Over the largest message itself: what the rest of the process may take meanwhile.
constexpr std::size_t kGrowthSlack = std::size_t{256} << 20;
constexpr auto kLookAtGrowth = std::chrono::milliseconds(100);
constexpr auto kReopenAfter = std::chrono::seconds(2);
using Clock = std::chrono::steady_clock;

}  // namespace

DealerLoop::DealerLoop(Context& context, const std::string& thread_name,
                       std::size_t max_message_bytes, std::shared_ptr<BufferPool> pool,
                       Owner& owner)
    : context_(context),
      thread_name_(thread_name),
      max_message_bytes_(max_message_bytes),
      pool_(pool ? std::move(pool) : BufferPool::create(std::size_t{64} << 20)),
      owner_(owner),
      growth_(max_message_bytes + kGrowthSlack) {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

DealerLoop::~DealerLoop() {
  thread_.request_stop();
  wake_.signal();
  thread_.join();
}

void DealerLoop::connect(std::string address, std::string server_key) {
  {
    std::lock_guard lock(mutex_);
    next_target_ = Target{std::move(address), std::move(server_key)};
  }
  wake_.signal();
}

void DealerLoop::request_demand() {
  demand_requested_.store(true);
  wake_.signal();
}

LinkState DealerLoop::state() const {
  const std::int64_t heard = heard_ns_.load();
  if (heard == 0) return LinkState::connecting;
  return std::chrono::nanoseconds(steady_now_ns() - heard) < kStaleAfter ? LinkState::live
                                                                         : LinkState::stale;
}

std::optional<Error> DealerLoop::problem() const {
  std::lock_guard lock(mutex_);
  return problem_;
}

void DealerLoop::switch_target() {
  std::optional<Target> next;
  {
    std::lock_guard lock(mutex_);
    next.swap(next_target_);
  }
  if (!next) return;
  const bool same = next->address == target_.address && next->server_key == target_.server_key;
  if (same && state() == LinkState::live) return;
  target_ = std::move(*next);
  {
    std::lock_guard lock(mutex_);
    problem_.reset();
  }
  if (!same) heard_ns_.store(0);
  open();
}

void DealerLoop::open() {
  watch_.reset();
  socket_ = zmq::socket_t();
  unconnected_ = false;
  reopen_ = {};
  growth_.heard();
  if (target_.address.empty()) return;
  auto socket =
      connect_socket(context_, zmq::socket_type::dealer, target_.address, target_.server_key);
  if (socket) socket_ = std::move(*socket);
  std::lock_guard lock(mutex_);
  // An address that cannot be used leaves the link `connecting` until it is given another. What is
  // known of a refused handshake stays until the link lives.
  if (!socket) problem_ = socket.error();
  next_demand_ = Clock::now();
}

void DealerLoop::look_at_growth() {
  if (socket_ && growth_.exceeded()) {
    // With its socket goes what libzmq holds of the message.
    watch_.reset();
    socket_ = zmq::socket_t();
    reopen_ = Clock::now() + kReopenAfter;
    owner_.too_large();
  }
  if (!socket_ && reopen_ != Clock::time_point() && Clock::now() >= reopen_) open();
}

void DealerLoop::look_at_handshake() {
  if (!socket_ || state() == LinkState::live) {
    if (!watch_) return;
    watch_.reset();
    std::lock_guard lock(mutex_);
    problem_.reset();
    return;
  }
  if (!watch_) watch_.emplace(context_, socket_, target_.address);
  if (auto refused = watch_->refusal()) {
    std::lock_guard lock(mutex_);
    problem_ = std::move(refused);
  }
  if (!watch_->given_up()) return;
  watch_.reset();
  socket_ = zmq::socket_t();
  reopen_ = Clock::now() + kReopenAfter;
}

void DealerLoop::send_demand() {
  // The demand is absolute: one that finds no connection is not kept, the next says it all.
  unconnected_ = send_message(socket_, nullptr, owner_.demand(), nullptr, 0) != Sent::done;
  next_demand_ = Clock::now() + kDemandPeriod;
}

bool DealerLoop::receive_one() {
  zmq::message_t part;
  if (!receive_part(socket_, part)) return false;
  heard_ns_.store(steady_now_ns());
  growth_.heard();
  const v1::PixelFormat* format = nullptr;
  if (part.size() > kMaxHeaderBytes || !owner_.header({part.data<char>(), part.size()}, format)) {
    drop_rest(socket_, part);
    return true;
  }
  if (format == nullptr) {
    const bool whole = !part.more();
    drop_rest(socket_, part);
    whole ? owner_.message(nullptr) : owner_.bad_size();
    return true;
  }
  const auto bytes = announced_bytes(*format, max_message_bytes_);
  BufferPtr pixels;
  if (bytes && *bytes > 0)
    pixels = receive_pixels(socket_, part, *bytes, *pool_);
  else
    drop_rest(socket_, part);
  pixels ? owner_.message(std::move(pixels)) : owner_.bad_size();
  return true;
}

void DealerLoop::run(std::stop_token stop) {
  name_thread(thread_name_);
  while (!stop.stop_requested()) {
    switch_target();
    look_at_growth();
    look_at_handshake();
    const bool open = static_cast<bool>(socket_);
    const bool asked = demand_requested_.exchange(false);
    if (open && (asked || Clock::now() >= next_demand_)) send_demand();
    const bool waits = open || reopen_ != Clock::time_point();
    const std::chrono::nanoseconds limit = waits ? std::chrono::nanoseconds(kLookAtGrowth)
                                                 : std::chrono::nanoseconds(std::chrono::hours(1));
    const std::chrono::nanoseconds pause =
        open ? std::min<std::chrono::nanoseconds>(limit, next_demand_ - Clock::now()) : limit;
    const auto ready = wait(&socket_, !owner_.full(), unconnected_, wake_, pause);
    if (ready.writable) request_demand();
    for (int n = 0; ready.readable && n < kReceivedPerTurn && !owner_.full() && receive_one(); ++n)
      continue;
  }
}

}  // namespace slicecast::wire
