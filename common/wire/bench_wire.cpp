#include "common/wire/bench_wire.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <thread>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "common/wire/bulk.h"
#include "common/wire/feed.h"
#include "common/wire/pixel_parts.h"
#include "common/wire/socket.h"

namespace slicecast::wire {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kRows = 512, kColumns = 512, kFrameBytes = kRows * kColumns * 2;
constexpr milliseconds kStuck{20000};

double cpu_seconds() {
  rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Stopwatch {
 public:
  WireRow row(const std::string& name, std::uint64_t frames) const {
    const double seconds = static_cast<double>(steady_now_ns() - start_ns_) * 1e-9;
    const double gb = static_cast<double>(frames) * kFrameBytes * 1e-9;
    return {name, gb / seconds, static_cast<double>(frames) / seconds, (cpu_seconds() - cpu_) / gb,
            0};
  }

 private:
  std::int64_t start_ns_ = steady_now_ns();
  double cpu_ = cpu_seconds();
};

struct Ends {  // two contexts, as two processes have
  std::unique_ptr<Context> sender, receiver;
};

Result<Ends> make_ends() {
  auto sender = Context::create({});
  if (!sender) return sender.error();
  auto receiver = Context::create({});
  if (!receiver) return receiver.error();
  return Ends{std::move(*sender), std::move(*receiver)};
}

WireRow copy_row(std::uint64_t frames) {
  std::vector<BufferPtr> from, to;  // enough to leave the caches
  for (int i = 0; i < 64; ++i) {
    from.push_back(Buffer::allocate(kFrameBytes));
    to.push_back(Buffer::allocate(kFrameBytes));
    std::memset(from.back()->data(), 1, kFrameBytes);
    std::memset(to.back()->data(), 1, kFrameBytes);
  }
  const Stopwatch watch;
  for (std::uint64_t i = 0; i < frames; ++i)
    std::memcpy(to[i % 64]->data(), from[i % 64]->data(), kFrameBytes);
  return watch.row("memcpy 512x512 u16", frames);
}

Result<WireRow> raw_row(const std::string& name, const std::string& bind, std::uint64_t frames) {
  auto ends = make_ends();
  if (!ends) return ends.error();
  auto push = bind_socket(*ends->sender, zmq::socket_type::push, {bind});
  if (!push) return push.error();
  auto pull = connect_socket(*ends->receiver, zmq::socket_type::pull, push->addresses.front());
  if (!pull) return pull.error();
  pull->set(zmq::sockopt::rcvtimeo, static_cast<int>(kStuck.count()));
  push->socket.set(zmq::sockopt::sndtimeo, static_cast<int>(kStuck.count()));
  const ConstBufferPtr pixels = Buffer::allocate(kFrameBytes);
  std::jthread sender([&] {
    name_thread("bench-push");
    for (std::uint64_t i = 0; i < frames + 1; ++i) {
      zmq::message_t part(
          const_cast<std::byte*>(pixels->data()), kFrameBytes,
          [](void*, void* share) { delete static_cast<ConstBufferPtr*>(share); },
          new ConstBufferPtr(pixels));
      if (!push->socket.send(part, zmq::send_flags::none)) return;
    }
  });
  zmq::message_t part;
  std::optional<Stopwatch> watch;  // from the first frame on: connecting is not measured
  for (std::uint64_t i = 0; i < frames + 1; ++i) {
    if (!pull->recv(part)) return Error{Errc::deadline_exceeded, name + " stood still"};
    if (!watch) watch.emplace();
  }
  return watch->row(name, frames);
}

Result<WireRow> bulk_row(const std::string& name, const std::string& bind, std::uint64_t frames) {
  auto ends = make_ends();
  if (!ends) return ends.error();
  BulkProducer::Options options;
  options.name = "bench";
  options.bind = {bind};
  options.instance = new_instance();
  auto producer = BulkProducer::create(*ends->sender, options);
  if (!producer) return producer.error();
  BulkConsumer::Options wanted;
  wanted.name = "bench";
  wanted.address = (*producer)->addresses().front();
  const auto consumer = BulkConsumer::create(*ends->receiver, wanted);
  const ConstBufferPtr pixels = Buffer::allocate(kFrameBytes);
  std::jthread sender([&](std::stop_token stop) {
    name_thread("bench-publish");
    for (std::uint64_t i = 0; i < frames + 1 && !stop.stop_requested(); ++i) {
      v1::BulkHeader header;
      *header.mutable_pixels() = pixel_format(PixelType::u16, {kRows, kColumns});
      header.mutable_frame()->set_id(i);
      (*producer)->publish(std::move(header), pixels);
      // A ring's worth ahead at most, so that nothing falls out of it.
      while (!stop.stop_requested() &&
             !(*producer)->wait_for_consumers(100, true, milliseconds(100))) {
      }
    }
  });
  std::optional<Stopwatch> watch;
  for (std::uint64_t i = 0; i < frames + 1; ++i) {
    if (!consumer->take(kStuck)) return Error{Errc::deadline_exceeded, name + " stood still"};
    if (!watch) watch.emplace();
  }
  return watch->row(name, frames);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace

Result<std::vector<WireRow>> bench_wire(double scale) {
  const auto frames = std::max<std::uint64_t>(20, static_cast<std::uint64_t>(4000 * scale));
  std::vector<WireRow> rows = {copy_row(frames)};
  for (const std::string transport : {"tcp", "ipc"}) {
    const auto bind = [&]() -> std::string {
      if (transport == "tcp") return "tcp://127.0.0.1:0";
      return default_addresses("bench", "bulk", 0).front();
    };
    auto raw = raw_row("raw push/pull " + transport + " 512x512 u16", bind(), frames);
    if (!raw) return raw.error();
    auto bulk = bulk_row("bulk " + transport + " 512x512 u16", bind(), frames);
    if (!bulk) return bulk.error();
    bulk->limit_gb_per_s = raw->gb_per_s;
    rows.push_back(*raw);
    rows.push_back(*bulk);
  }
  return rows;
}

Result<double> bench_feed_latency_ms(double scale) {
  auto ends = make_ends();
  if (!ends) return ends.error();
  auto producer =
      FeedProducer::create(*ends->sender, {"bench", {"tcp://127.0.0.1:0"}, new_instance()});
  if (!producer) return producer.error();
  FeedConsumer::Options wanted;
  wanted.address = (*producer)->addresses().front();
  wanted.subscriptions.emplace_back();
  const auto consumer = FeedConsumer::create(*ends->receiver, wanted);
  const auto times = std::max<std::size_t>(5, static_cast<std::size_t>(1000 * scale));
  std::vector<double> milliseconds_each;
  for (std::size_t i = 0; i <= times; ++i) {
    const auto published = steady_now_ns();
    (*producer)->publish("telemetry", v1::FeedHeader(), nullptr);
    if (!consumer->take(kStuck)) return Error{Errc::deadline_exceeded, "the feed stood still"};
    if (i > 0)  // the first waits for the connection
      milliseconds_each.push_back(static_cast<double>(steady_now_ns() - published) * 1e-6);
    while (!(*producer)->taken("telemetry")) std::this_thread::yield();
  }
  return median(std::move(milliseconds_each));
}

}  // namespace slicecast::wire
