// Largest resident size of a stage that gets far more than it can do.
#include <cstdio>

#include "common/wire/bulk.h"
#include "common/wire/feed.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_stack.h"
#include "services/cli/demo_slices.h"
#include "services/cli/fetch.h"

namespace slicecast::cli {
namespace {

using std::chrono::seconds;

constexpr std::chrono::milliseconds kMemoryTake{100};

// Subscribes to everything and takes nothing.
std::unique_ptr<wire::FeedConsumer> idle_consumer(Client& client, const v1::Service& server) {
  wire::FeedConsumer::Options wanted;
  wanted.name = "never-reads";
  wanted.address = wire::link_address(server, "feed");
  wanted.subscriptions.emplace_back();
  return wire::FeedConsumer::create(client.context(), wanted);
}

Result<double> announced_mib(Client& client, const v1::Service& source) {
  v1::Request request;
  request.mutable_get_status();
  const auto reply = client.ask(source, std::move(request));
  if (!reply) return reply.error();
  const auto& gauges = reply->status().gauges();
  const auto found = gauges.find("slicecast_source_memory_bytes");
  if (found == gauges.end())
    return Error{Errc::not_found, "the source does not tell its memory; build all programs anew"};
  return found->second / 0x1p20;
}

Measurement peak_row(const char* name, const ProcessUse& use, double budget_mib, std::string work,
                     std::string detail, int threads) {
  return {.name = name,
          .value = use.peak_mib,
          .limit = budget_mib,
          .limit_name = "configured budget",
          .work = std::move(work),
          .detail = std::move(detail),
          .threads = threads};
}

std::chrono::milliseconds duration(const BenchContext& context) {
  return std::chrono::milliseconds(scaled(10000, context.scale, 500));
}

}  // namespace

Measurements bench_projection_memory(const BenchContext& context) {
  constexpr int kBudget = 256;
  auto stack = BenchStack::start();
  if (!stack) return stack.error();
  // Phase retrieval and zinger search make a frame several times dearer than sending it.
  const auto server =
      (*stack)->add("projection", 1,
                    {"--bulk-port", "0", "--feed-port", "0", "--memory", std::to_string(kBudget),
                     "--zinger-threshold", "0.5", "--bad-pixel-threshold", "0.1", "--delta-beta",
                     "500", "--energy-kev", "20", "--distance-mm", "100", "--rings"});
  if (!server) return server.error();
  Client& client = (*stack)->client();
  const auto idle = idle_consumer(client, *server);
  const auto source = (*stack)->add(
      "source", 1,
      {"--bulk-port", "0", "--rate", "2000", "--start", "immediately", "--rows", "512", "--columns",
       "512", "--projections", "60", "--pre-render", "120", "--pixel", "0.01", "--ring", "64"});
  if (!source) return source.error();
  wire::BulkConsumer::Options wanted;
  wanted.name = "bench";
  wanted.address = wire::link_address(*server, "bulk");
  const auto filtered = wire::BulkConsumer::create(client.context(), wanted);
  if (!filtered->take(seconds(30)))
    return Error{Errc::deadline_exceeded, "the projection server filtered nothing within 30 s"};
  double done = 0;
  const auto end = std::chrono::steady_clock::now() + duration(context);
  while (std::chrono::steady_clock::now() < end)
    if (const auto message = filtered->take(kMemoryTake); message && message->header.has_filtered())
      ++done;
  const auto use = process_use((*stack)->pid("projection"));
  if (!use) return use.error();
  const auto announced = announced_mib(client, *source);
  if (!announced) return announced.error();
  const auto source_use = process_use((*stack)->pid("source"));
  if (!source_use) return source_use.error();
  char detail[160];
  const double took = static_cast<double>(duration(context).count()) * 1e-3;
  std::snprintf(detail, sizeof detail,
                "offered 2000 frames/s, filtered %.0f frames/s (%.0f times less), %.0f MiB at the "
                "end; a feed consumer never reads",
                done / took, 2000 * took / std::max(done, 1.0), use->resident_mib);
  return std::vector<Measurement>{
      peak_row("memory.projection_overload", *use, kBudget, "512x512 uint16 frames", detail, 1),
      peak_row("memory.source_overload", *source_use, *announced,
               "512x512 uint16 frames, 120 made beforehand, ring of 64 MiB",
               "the same frames; what the source announces in slicecast_source_memory_bytes", 1)};
}

Measurements bench_slice_memory(const BenchContext& context) {
  constexpr int kBudget = 768, kSlices = 12, kSize = 1024;
  auto stack = BenchStack::start();
  if (!stack) return stack.error();
  if (const auto source = (*stack)->add(
          "source", 1,
          {"--bulk-port", "0", "--rate", "300", "--rows", "256", "--columns", "512", "--beam",
           "cone", "--projections", "360", "--pre-render", "360", "--ring", "64"});
      !source)
    return source.error();
  if (const auto made = (*stack)->add("projection", 1,
                                      {"--bulk-port", "0", "--feed-port", "0", "--memory", "512"});
      !made)
    return made.error();
  const auto server = (*stack)->add("slice", std::max(1, context.threads - 1),
                                    {"--feed-port", "0", "--memory", std::to_string(kBudget)});
  if (!server) return server.error();
  Client& client = (*stack)->client();
  auto fetcher = SliceFetcher::create(client, *server);
  if (!fetcher) return fetcher.error();
  const auto field = (*fetcher)->field_of_view(seconds(60));
  if (!field) return field.error();
  auto control = client.control(*server);
  if (!control) return control.error();
  for (int i = 0; i < kSlices; ++i) {
    auto request = demo_slices(*field, kSize)[static_cast<std::size_t>(i % 4)];
    auto& slice = *request.mutable_set_slice();
    slice.set_id("slice-" + std::to_string(i));
    if (const auto reply = (*control)->request(std::move(request)); !reply) return reply.error();
  }
  const auto idle = idle_consumer(client, *server);
  wire::FeedConsumer::Options wanted;
  wanted.name = "bench";
  wanted.address = wire::link_address(*server, "feed");
  wanted.subscriptions.emplace_back().set_prefix("slice/");
  const auto feed = wire::FeedConsumer::create(client.context(), wanted);
  double slices = 0;
  const auto end = std::chrono::steady_clock::now() + duration(context);
  while (std::chrono::steady_clock::now() < end)
    if (feed->take(kMemoryTake)) ++slices;
  const auto use = process_use((*stack)->pid("slice"));
  if (!use) return use.error();
  char detail[160];
  std::snprintf(detail, sizeof detail,
                "needs %.1f GUPS to keep up; %.0f slices/s came, %.0f MiB at the end; a feed "
                "consumer never reads",
                300.0 * 2 * kSlices * kSize * kSize * 1e-9,
                slices * 1e3 / static_cast<double>(duration(context).count()), use->resident_mib);
  return std::vector<Measurement>{
      peak_row("memory.slice_overload", *use, kBudget,
               "12 live slices of 1024x1024, 300 cone-beam projections/s of 256x512, 360 per turn",
               detail, std::max(1, context.threads - 1))};
}

}  // namespace slicecast::cli
