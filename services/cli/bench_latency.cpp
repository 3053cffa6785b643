// How long a moved slice takes, through real processes under a steady stream of projections.
#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <random>
#include <thread>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_stack.h"
#include "services/cli/demo_slices.h"
#include "services/cli/deployment.h"
#include "services/cli/fetch.h"

namespace slicecast::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kRows = 647, kColumns = 768, kProjections = 60, kSize = 512;
constexpr const char* kRate = "33.3";
constexpr const char* kMoved = "moved";

// Notes when each pose of the moved slice arrives. take() runs on a thread of its own, as in a
// viewer.
class Arrivals {
 public:
  explicit Arrivals(std::unique_ptr<wire::FeedConsumer> feed)
      : feed_(std::move(feed)), thread_([this](std::stop_token stop) { receive(stop); }) {}
  ~Arrivals() {
    thread_.request_stop();
    feed_->stop();
  }

  // Time of the first image at pose `revision` or newer; nothing at the deadline.
  std::optional<std::int64_t> wait_for(std::uint64_t revision, seconds deadline) {
    std::unique_lock lock(mutex_);
    if (!news_.wait_for(lock, deadline, [&] { return !after(revision).empty(); })) return {};
    return after(revision).front().arrived_ns;
  }
  bool wait_until_full(seconds deadline) {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, deadline, [&] { return full_; });
  }
  std::uint64_t slices() {
    std::lock_guard lock(mutex_);
    return slices_;
  }

 private:
  struct Arrival {
    std::uint64_t revision;
    std::int64_t arrived_ns;
  };

  std::span<const Arrival> after(std::uint64_t revision) const {
    const auto first = std::ranges::lower_bound(arrivals_, revision, {}, &Arrival::revision);
    return {first, arrivals_.end()};
  }

  void receive(const std::stop_token& stop) {
    name_thread("bench-feed");
    while (!stop.stop_requested()) {
      const auto message = feed_->take(milliseconds(200));
      const auto now = steady_now_ns();
      if (!message || !message->header.has_slice()) continue;
      const auto& slice = message->header.slice();
      std::lock_guard lock(mutex_);
      ++slices_;
      if (slice.name() != kMoved) continue;
      if (slice.projections() >= kProjections && !slice.filling()) full_ = true;
      const auto revision = slice.stamp().pose_revision();
      if (arrivals_.empty() || arrivals_.back().revision < revision)
        arrivals_.push_back({revision, now});
      news_.notify_all();
    }
  }

  std::unique_ptr<wire::FeedConsumer> feed_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Arrival> arrivals_;
  std::uint64_t slices_ = 0;
  bool full_ = false;
  std::jthread thread_;
};

// A square through the field of view, turned at random.
v1::Request random_pose(const v1::FieldOfView& field, std::mt19937& random) {
  std::uniform_real_distribution<double> turn(-M_PI, M_PI), share(-0.3, 0.3);
  const double a = turn(random), b = turn(random), width = 2 * field.radius_mm();
  const geometry::Vec3 right{width * std::cos(a), width * std::sin(a), 0};
  const geometry::Vec3 up =
      geometry::Vec3{-std::sin(a) * std::cos(b), std::cos(a) * std::cos(b), std::sin(b)} * width;
  const geometry::Vec3 middle{0, 0, share(random) * (field.z_max_mm() - field.z_min_mm())};
  v1::Request request;
  v1::SetSlice& slice = *request.mutable_set_slice();
  slice.set_id(kMoved);
  slice.set_name(kMoved);
  slice.set_rows(kSize);
  slice.set_columns(kSize);
  slice.set_pinned(true);
  set_vector(*slice.mutable_base(), middle - right * 0.5 - up * 0.5);
  set_vector(*slice.mutable_axis1(), right);
  set_vector(*slice.mutable_axis2(), up);
  return request;
}

// Milliseconds from pose to slice, `count` times, sorted.
Result<std::vector<double>> moves(wire::ControlClient& control, Arrivals& arrivals,
                                  const v1::FieldOfView& field, int count, std::mt19937& random) {
  std::uniform_int_distribution<int> pause_us(0, 30000);  // a frame's time: any phase of the stream
  std::vector<double> each;
  while (static_cast<int>(each.size()) < count) {
    auto request = random_pose(field, random);
    const auto sent = steady_now_ns();
    const auto reply = control.request(std::move(request));
    if (!reply) return reply.error();
    const auto arrived = arrivals.wait_for(reply->slice().pose_revision(), seconds(10));
    if (!arrived) return Error{Errc::deadline_exceeded, "a moved slice did not come within 10 s"};
    each.push_back(static_cast<double>(*arrived - sent) * 1e-6);
    std::this_thread::sleep_for(std::chrono::microseconds(pause_us(random)));
  }
  std::ranges::sort(each);
  return each;
}

double quantile(const std::vector<double>& sorted, double share) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(std::lround(share * last))];
}

std::string distribution(const std::vector<double>& each, double slices_per_s) {
  char text[200];
  std::snprintf(text, sizeof text,
                "p50 %.1f, p90 %.1f, p99 %.1f, max %.1f ms of %zu poses; %.0f slices/s received",
                quantile(each, 0.5), quantile(each, 0.9), quantile(each, 0.99), each.back(),
                each.size(), slices_per_s);
  return text;
}

Measurements bench_latency(const std::string& beam, const BenchContext& context) {
  auto stack = BenchStack::start();
  if (!stack) return stack.error();
  const auto threads = divide_cores(context.threads, {1, 2, 3});
  const auto source = (*stack)->add(
      "source", threads[0],
      {"--bulk-port", "0", "--rate", kRate, "--rows", std::to_string(kRows), "--columns",
       std::to_string(kColumns), "--beam", beam, "--projections", std::to_string(kProjections),
       "--pre-render", std::to_string(beam == "cone" ? kProjections : 2 * kProjections)});
  if (!source) return source.error();
  if (const auto made =
          (*stack)->add("projection", threads[1], {"--bulk-port", "0", "--feed-port", "0"});
      !made)
    return made.error();
  const auto server = (*stack)->add("slice", threads[2], {"--feed-port", "0"});
  if (!server) return server.error();

  Client& client = (*stack)->client();
  auto fetcher = SliceFetcher::create(client, *server);
  if (!fetcher) return fetcher.error();
  const auto field = (*fetcher)->field_of_view(seconds(60));
  if (!field) return field.error();
  auto control = client.control(*server);
  if (!control) return control.error();
  auto live = demo_slices(*field, kSize);
  live.resize(3);  // the three orthogonal ones
  for (auto& request : live)
    if (const auto reply = (*control)->request(std::move(request)); !reply) return reply.error();
  std::mt19937 random(1);
  if (const auto reply = (*control)->request(random_pose(*field, random)); !reply)
    return reply.error();

  wire::FeedConsumer::Options wanted;
  wanted.name = "bench";
  wanted.address = wire::link_address(*server, "feed");
  v1::Subscription all_slices;
  all_slices.set_prefix("slice/");
  wanted.subscriptions = {all_slices};
  Arrivals arrivals(wire::FeedConsumer::create(client.context(), wanted));
  if (!arrivals.wait_until_full(seconds(60)))
    return Error{Errc::deadline_exceeded, "the first window did not fill within 60 s"};

  const int count = scaled(500, context.scale, 20);
  if (auto warm = moves(**control, arrivals, *field, 10, random); !warm) return warm.error();
  const auto start = steady_now_ns();
  const auto slices = arrivals.slices();
  const auto loaded = moves(**control, arrivals, *field, count, random);
  if (!loaded) return loaded.error();
  const double rate = static_cast<double>(arrivals.slices() - slices) /
                      (static_cast<double>(steady_now_ns() - start) * 1e-9);
  v1::Request stop;
  stop.mutable_stop_source();
  if (const auto reply = client.ask(*source, std::move(stop)); !reply) return reply.error();
  if (auto warm = moves(**control, arrivals, *field, 10, random); !warm) return warm.error();
  const auto idle = moves(**control, arrivals, *field, std::max(20, count / 5), random);
  if (!idle) return idle.error();

  const auto row = [&](const char* name, double share) {
    return Measurement{.name = "latency." + beam + "_" + name,
                       .value = quantile(*loaded, share),
                       .limit = quantile(*idle, 0.5),
                       .limit_name = "median without a stream",
                       .work =
                           "512x512 slice at random poses from 60 projections, 33.3 frames/s "
                           "of 647x768, three more live slices, preview on",
                       .detail = distribution(*loaded, rate),
                       .threads = context.threads};
  };
  return std::vector<Measurement>{row("p50", 0.5), row("p90", 0.9), row("p99", 0.99),
                                  row("max", 1)};
}

}  // namespace

Measurements bench_latency_cone(const BenchContext& context) {
  return bench_latency("cone", context);
}

Measurements bench_latency_parallel(const BenchContext& context) {
  return bench_latency("parallel", context);
}

}  // namespace slicecast::cli
