// What the plugin SDK costs per slice, beside what moving the same bytes once costs: a hub, a feed
// of slices, a plugin and a viewer of its results over real sockets in one process.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>

#include "common/base/clock.h"
#include "common/config/program.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "common/wire/directory.h"
#include "common/wire/feed.h"
#include "common/wire/pixel_parts.h"
#include "plugins/sdk/host.h"
#include "services/cli/bench_groups.h"

namespace slicecast::cli {
namespace {

constexpr std::size_t kPluginSide = 1024;
constexpr std::size_t kPluginBytes = kPluginSide * kPluginSide * sizeof(float);
constexpr const char* kPluginWork = "a slice of 1024x1024 in, values of 1024x1024 out, over ipc";

// A slice server as far as plugins see it.
class FeedOfSlices {
 public:
  static Result<std::unique_ptr<FeedOfSlices>> create(wire::Context& context) {
    auto made = std::make_unique<FeedOfSlices>();
    auto hub = wire::HubServer::create(
        context, {.bind = {"tcp://127.0.0.1:*"}, .instance = wire::new_instance()});
    if (!hub) return hub.error();
    made->hub_ = *std::move(hub);
    config::Settings settings(config::with_common({}, "slice"));
    for (const char* port : {"control_port", "metrics_port"})
      if (auto ok = settings.set(port, std::int64_t{0}); !ok) return ok.error();
    if (auto ok = settings.set("hub", made->address()); !ok) return ok.error();
    const auto instance = wire::new_instance();
    auto feed = wire::FeedProducer::create(
        context, {"slice", service::bind_addresses(settings, "feed", 0), instance});
    if (!feed) return feed.error();
    made->feed_ = *std::move(feed);
    service::ServiceFrame::Options frame{.kind = "slice", .settings = settings};
    v1::Link& link = frame.links.emplace_back();
    link.set_name("feed");
    for (const auto& one : made->feed_->addresses()) link.add_addresses(one);
    frame.feeds = {"slice/", "scene", "scan"};
    auto framed = service::ServiceFrame::create(context, instance, std::move(frame));
    if (!framed) return framed.error();
    made->frame_ = *std::move(framed);
    return made;
  }
  std::string address() const { return hub_->addresses().front(); }
  void publish(const ConstBufferPtr& pixels) {
    v1::FeedHeader header;
    *header.mutable_pixels() = wire::pixel_format(PixelType::f32, {kPluginSide, kPluginSide});
    header.mutable_slice()->mutable_stamp()->set_version(++version_);
    feed_->publish("slice/a", std::move(header), pixels);
  }

 private:
  std::unique_ptr<wire::HubServer> hub_;
  std::unique_ptr<wire::FeedProducer> feed_;
  std::unique_ptr<service::ServiceFrame> frame_;
  std::uint64_t version_ = 0;
};

Result<std::unique_ptr<plugin::Host>> host_of(wire::Context& context, const std::string& hub) {
  plugin::Plugin copy{.name = "copy"};
  copy.each = [](const plugin::SliceView& slice, const config::Settings&, plugin::Output& out) {
    const auto values = out.values(slice);
    std::memcpy(values.pixels.data(), slice.pixels.data(), values.pixels.size_bytes());
  };
  config::Settings settings(config::with_common(plugin::options_of(copy), "plugin.copy"));
  if (auto ok = settings.set("hub", hub); !ok) return ok.error();
  if (auto ok = settings.set("metrics_port", std::int64_t{-1}); !ok) return ok.error();
  return plugin::Host::create(context, copy, std::move(settings));
}

// Fastest of several: what a core and the memory can do when nobody disturbs.
double copy_ms(const ConstBufferPtr& pixels) {
  const auto other = Buffer::allocate(kPluginBytes);
  double fastest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 20; ++i) {
    const auto began = steady_now_ns();
    std::memcpy(other->data(), pixels->data(), kPluginBytes);
    fastest = std::min(fastest, 1e-6 * static_cast<double>(steady_now_ns() - began));
  }
  return fastest;
}

}  // namespace

Measurements bench_plugin(const BenchContext& context) {
  // What a plugin says of its inputs has no place in a table.
  if (auto ok = log::start("bench", "warning"); !ok) return ok.error();
  auto zmq = wire::Context::create({});
  if (!zmq) return zmq.error();
  auto slices = FeedOfSlices::create(**zmq);
  if (!slices) return slices.error();
  auto host = host_of(**zmq, (*slices)->address());
  if (!host) return host.error();
  wire::FeedConsumer::Options options;
  options.name = "bench";
  options.address = (*host)->feed_addresses().front();
  options.subscriptions.emplace_back().set_prefix("values/");
  const auto results = wire::FeedConsumer::create(**zmq, options);

  const auto pixels = Buffer::allocate(kPluginBytes);
  std::fill_n(pixels->as<float>(), kPluginSide * kPluginSide, 0.5f);
  const double limit_ms = copy_ms(pixels);
  std::vector<double> round_trips_ms;
  // One after the other: waiting for a busy node is not what the SDK costs.
  const int count = scaled(400, context.scale, 20);
  for (int i = 0; i < count; ++i) {
    const auto began = steady_now_ns();
    (*slices)->publish(pixels);
    if (!results->take(std::chrono::seconds(30)))
      return Error{Errc::deadline_exceeded, "no result of the plugin came within 30 s"};
    round_trips_ms.push_back(1e-6 * static_cast<double>(steady_now_ns() - began));
  }
  std::ranges::sort(round_trips_ms);
  const auto& registry = (*host)->registry();
  const double p50_ms = 1e-3 * registry.quantile("slicecast_plugin_overhead_us", 0.5);
  char detail[160];
  std::snprintf(detail, sizeof detail, "p99 %.2f ms; node itself p50 %.2f ms; load %.1f",
                1e-3 * registry.quantile("slicecast_plugin_overhead_us", 0.99),
                registry.quantile("slicecast_plugin_processing_ms", 0.5), context.load_before);
  return std::vector<Measurement>{
      {.name = "plugin.overhead",
       .value = p50_ms,
       .limit = limit_ms,
       .limit_name = "memcpy of the slice",
       .work = kPluginWork,
       .detail = detail},
      {.name = "plugin.round_trip",
       .value = round_trips_ms[round_trips_ms.size() / 2],
       .limit = limit_ms,
       .limit_name = "memcpy of the slice",
       .work = kPluginWork,
       .detail = "published to the result of a copying node taken, both links included"}};
}

}  // namespace slicecast::cli
