#include "services/cli/bench_moves.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "common/wire/pose.h"
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
  wire::set_pose({middle - right * 0.5 - up * 0.5, right, up}, &slice);
  return request;
}

}  // namespace

Arrivals::Arrivals(std::unique_ptr<wire::FeedConsumer> feed, Listener listener)
    : feed_(std::move(feed)),
      listener_(std::move(listener)),
      thread_([this](const std::stop_token& stop) { receive(stop); }) {}

Arrivals::~Arrivals() {
  thread_.request_stop();
  feed_->stop();
}

std::optional<std::int64_t> Arrivals::wait_for(std::uint64_t revision, seconds deadline) {
  std::unique_lock lock(mutex_);
  if (!news_.wait_for(lock, deadline, [&] { return !after(revision).empty(); })) return {};
  return after(revision).front().arrived_ns;
}

bool Arrivals::wait_until_full(seconds deadline) {
  std::unique_lock lock(mutex_);
  return news_.wait_for(lock, deadline, [&] { return full_; });
}

std::uint64_t Arrivals::slices() {
  std::lock_guard lock(mutex_);
  return slices_;
}

std::span<const Arrivals::Arrival> Arrivals::after(std::uint64_t revision) const {
  const auto first = std::ranges::lower_bound(arrivals_, revision, {}, &Arrival::revision);
  return {first, arrivals_.end()};
}

void Arrivals::receive(const std::stop_token& stop) {
  name_thread("bench-feed");
  while (!stop.stop_requested()) {
    const auto message = feed_->take(milliseconds(200));
    const auto now = steady_now_ns();
    if (message && listener_) listener_(*message, now);
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

Result<std::unique_ptr<BenchMoves>> BenchMoves::start(const std::string& beam,
                                                      const BenchContext& context,
                                                      Arrivals::Listener listener,
                                                      const std::string& backend) {
  std::unique_ptr<BenchMoves> made(new BenchMoves);
  auto stack = BenchStack::start();
  if (!stack) return stack.error();
  made->stack_ = *std::move(stack);
  const auto threads = divide_cores(context.threads, {1, 2, 3});
  const auto source = made->stack_->add(
      "source", threads[0],
      {"--bulk-port", "0", "--rate", kRate, "--rows", std::to_string(kRows), "--columns",
       std::to_string(kColumns), "--beam", beam, "--projections", std::to_string(kProjections),
       "--pre-render", std::to_string(beam == "cone" ? kProjections : 2 * kProjections)});
  if (!source) return source.error();
  const auto projection = made->stack_->add(
      "projection", threads[1], {"--bulk-port", "0", "--feed-port", "0", "--backend", backend});
  if (!projection) return projection.error();
  const auto server =
      made->stack_->add("slice", threads[2], {"--feed-port", "0", "--backend", backend});
  if (!server) return server.error();

  Client& client = made->stack_->client();
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
  if (const auto reply = (*control)->request(random_pose(*field, made->random_)); !reply)
    return reply.error();

  wire::FeedConsumer::Options wanted;
  wanted.name = "bench";
  wanted.address = wire::link_address(*server, "feed");
  v1::Subscription all_slices;
  all_slices.set_prefix("slice/");
  wanted.subscriptions = {all_slices};
  made->arrivals_ = std::make_unique<Arrivals>(wire::FeedConsumer::create(client.context(), wanted),
                                               std::move(listener));
  made->source_ = *source;
  made->field_ = *field;
  made->control_ = *std::move(control);
  if (!made->arrivals_->wait_until_full(seconds(60)))
    return Error{Errc::deadline_exceeded, "the first window did not fill within 60 s"};
  return made;
}

Result<std::vector<double>> BenchMoves::move(int count) {
  // A frame's time: any phase of the stream.
  std::uniform_int_distribution<int> pause_us(0, 30000);
  std::vector<double> each;
  while (static_cast<int>(each.size()) < count) {
    auto request = random_pose(field_, random_);
    const auto sent = steady_now_ns();
    const auto reply = control_->request(std::move(request));
    if (!reply) return reply.error();
    const auto arrived = arrivals_->wait_for(reply->slice().pose_revision(), seconds(10));
    if (!arrived) return Error{Errc::deadline_exceeded, "a moved slice did not come within 10 s"};
    each.push_back(static_cast<double>(*arrived - sent) * 1e-6);
    std::this_thread::sleep_for(std::chrono::microseconds(pause_us(random_)));
  }
  return each;
}

Result<void> BenchMoves::stop_stream() {
  v1::Request stop;
  stop.mutable_stop_source();
  const auto reply = stack_->client().ask(source_, std::move(stop));
  return reply ? Result<void>() : reply.error();
}

double quantile(const std::vector<double>& sorted, double share) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(std::lround(share * last))];
}

}  // namespace slicecast::cli
