// Whether a plugin that reads every slice costs the viewer of the raw ones anything: pose to slice,
// through real processes under a stream, with the plugin switched off, stopped and busy in turns.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>

#include "common/base/clock.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_stack.h"
#include "services/cli/demo_slices.h"
#include "services/cli/fetch.h"

namespace slicecast::cli {
namespace {

constexpr int kPluginRounds = 8;
constexpr int kMostWarmMoves = 20000;
constexpr const char* kReader = "threshold";
constexpr std::chrono::seconds kMovePatience{30};

enum PluginMode : std::uint8_t { kOff, kStopped, kBusy, kModes };

// A slice that is moved up and down, and the feed that shows it.
class MovedSlice {
 public:
  MovedSlice(std::unique_ptr<wire::ControlClient> control, std::unique_ptr<wire::FeedConsumer> feed,
             v1::Request pose)
      : control_(std::move(control)), feed_(std::move(feed)), pose_(std::move(pose)) {}

  // Milliseconds from the request to the image of its pose.
  Result<double> move() {
    v1::SetSlice& slice = *pose_.mutable_set_slice();
    slice.mutable_base()->set_z_mm(slice.base().z_mm() + (up_ ? 0.25 : -0.25));
    up_ = !up_;
    const auto sent = steady_now_ns();
    const auto reply = control_->request(pose_);
    if (!reply) return reply.error();
    slice.set_id(reply->slice().id());
    while (const auto message = feed_->take(kMovePatience)) {
      const auto& stamp = message->header.slice().stamp();
      filling_ = message->header.slice().filling();
      if (stamp.slice_id() == slice.id() && stamp.pose_revision() >= reply->slice().pose_revision())
        return 1e-6 * static_cast<double>(steady_now_ns() - sent);
    }
    return Error{Errc::deadline_exceeded, "a moved slice did not come within 30 s"};
  }
  bool filling() const { return filling_; }

 private:
  const std::unique_ptr<wire::ControlClient> control_;
  const std::unique_ptr<wire::FeedConsumer> feed_;
  v1::Request pose_;
  bool up_ = true;
  bool filling_ = true;
};

Result<void> enable_plugin(Client& client, const v1::Service& plugin, bool enabled) {
  v1::Request request;
  (*request.mutable_set_parameters()->mutable_values())["enabled"].set_boolean(enabled);
  const auto reply = client.ask(plugin, std::move(request));
  return reply ? Result<void>() : reply.error();
}

Result<void> measure_moves(MovedSlice& slice, int count, std::vector<double>& times_ms) {
  for (int i = 0; i < count; ++i) {
    const auto time = slice.move();
    if (!time) return time.error();
    times_ms.push_back(*time);
  }
  return {};
}

double median_ms(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

Measurements bench_plugin_latency(const BenchContext& context) {
  auto stack = BenchStack::start();
  if (!stack) return stack.error();
  for (const auto& [kind, options] :
       {std::pair<std::string, std::vector<std::string>>{
            "source",
            {"--bulk-port", "0", "--rate", "30", "--rows", "128", "--columns", "512",
             "--projections", "60", "--pre-render", "120"}},
        {"projection", {"--bulk-port", "0", "--feed-port", "0"}}})
    if (const auto made = (*stack)->add(kind, 1, options); !made) return made.error();
  const auto server = (*stack)->add("slice", 1, {"--feed-port", "0", "--preview-size", "0"});
  if (!server) return server.error();
  const auto plugin = (*stack)->add(kReader, 1, {});
  if (!plugin) return plugin.error();

  Client& client = (*stack)->client();
  auto fetcher = SliceFetcher::create(client, *server);
  if (!fetcher) return fetcher.error();
  const auto field = (*fetcher)->field_of_view(std::chrono::seconds(60));
  if (!field) return field.error();
  auto control = client.control(*server);
  if (!control) return control.error();
  wire::FeedConsumer::Options wanted;
  wanted.name = "bench";
  wanted.address = wire::link_address(*server, "feed");
  wanted.subscriptions.emplace_back().set_prefix("slice/");
  MovedSlice slice(*std::move(control), wire::FeedConsumer::create(client.context(), wanted),
                   demo_slices(*field, 512).front());

  const int moves = scaled(25, context.scale, 5);
  std::array<std::vector<double>, kModes> times_ms;
  std::vector<double> warm;
  for (int i = 0; slice.filling() && i < kMostWarmMoves; ++i)
    if (auto ok = measure_moves(slice, 1, warm); !ok) return ok.error();
  if (slice.filling())
    return Error{Errc::deadline_exceeded, "the first window did not fill; is the source slow?"};
  // In turns, so that what else the machine does falls on all three.
  for (int round = 0; round < kPluginRounds; ++round)
    for (const PluginMode mode : {kOff, kStopped, kBusy}) {
      if (mode != kStopped)
        if (auto ok = enable_plugin(client, *plugin, mode == kBusy); !ok) return ok.error();
      if (mode == kStopped) {
        if (auto ok = enable_plugin(client, *plugin, true); !ok) return ok.error();
        kill((*stack)->pid(kReader), SIGSTOP);
      }
      auto measured = measure_moves(slice, moves, times_ms[mode]);
      if (mode == kStopped) kill((*stack)->pid(kReader), SIGCONT);
      if (!measured) return measured.error();
    }

  const auto row = [&](const char* name, PluginMode mode) {
    char detail[120];
    std::snprintf(detail, sizeof detail, "%zu moves each, in turns; load %.1f",
                  times_ms[mode].size(), context.load_before);
    return Measurement{.name = name,
                       .value = median_ms(times_ms[mode]),
                       .limit = median_ms(times_ms[kOff]),
                       .limit_name = "the same with the plugin switched off",
                       .work = "512x512 slice from 60 projections at 30 frames/s",
                       .detail = detail,
                       .threads = context.threads};
  };
  return std::vector<Measurement>{row("plugin.raw_latency_stopped", kStopped),
                                  row("plugin.raw_latency_busy", kBusy)};
}

}  // namespace slicecast::cli
