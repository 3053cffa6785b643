// What a live segmentation costs: how late labels come after their slice, and whether the raw
// slices feel a plugin that is there, switched off, stopped or busy. All in turns, in one run.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <limits>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_moves.h"
#include "services/cli/labelled_slices.h"

namespace slicecast::cli {
namespace {

constexpr const char* kLiveSegment = "segment";
constexpr int kRounds = 6, kPluginNice = 5;  // as `slicecast up` and the demo have it
constexpr std::chrono::milliseconds kLiveTake{200};
constexpr std::chrono::seconds kPatience{30};

enum Mode { absent, off, stopped, busy, kLiveModes };

// The plugin while it lives, and its labels as they come.
class Segmentation {
 public:
  Segmentation(BenchStack& stack, LabelledSlices& labelled) : stack_(stack), labelled_(labelled) {}
  ~Segmentation() { end(); }

  Result<void> start(int threads) {
    auto service = stack_.add(
        kLiveSegment, 1,
        {"--method", "network", "--model", "gel", "--slice-threads", std::to_string(threads)},
        kPluginNice);
    if (!service) return service.error();
    service_ = *std::move(service);
    wire::FeedConsumer::Options wanted;
    wanted.name = "bench";
    wanted.address = wire::link_address(service_, "feed");
    wanted.subscriptions.emplace_back().set_prefix("labels/");
    feed_ = wire::FeedConsumer::create(stack_.client().context(), wanted);
    thread_ = std::jthread([this](const std::stop_token& stop) {
      name_thread("bench-labels");
      while (!stop.stop_requested())
        if (const auto message = feed_->take(kLiveTake)) {
          labelled_.add_labels(*message, steady_now_ns());
          if (message->header.has_labels()) note(message->header);
        }
    });
    return {};
  }
  void end() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    feed_->stop();
    thread_.join();
    feed_.reset();
    stack_.end(kLiveSegment);
  }
  Result<void> enable(bool enabled) {
    v1::Request request;
    (*request.mutable_set_parameters()->mutable_values())["enabled"].set_boolean(enabled);
    const auto reply = stack_.client().ask(service_, std::move(request));
    return reply ? Result<void>() : reply.error();
  }
  // A label image that came after this call.
  Result<void> wait_for_labels() {
    while (came_.try_acquire()) {
    }
    if (came_.try_acquire_for(kPatience)) return {};
    return Error{Errc::deadline_exceeded, "no labels came within 30 s; see what the plugin says"};
  }
  // Since the last call.
  std::vector<double> take_processing_ms() {
    std::lock_guard lock(mutex_);
    return std::exchange(processing_ms_, {});
  }
  void pause(bool asleep) { kill(stack_.pid(kLiveSegment), asleep ? SIGSTOP : SIGCONT); }

 private:
  void note(const v1::FeedHeader& header) {
    {
      std::lock_guard lock(mutex_);
      processing_ms_.push_back(header.labels().processing_ms());
    }
    came_.release();
  }

  BenchStack& stack_;
  LabelledSlices& labelled_;
  v1::Service service_;
  std::unique_ptr<wire::FeedConsumer> feed_;
  std::counting_semaphore<> came_{0};
  std::mutex mutex_;
  std::vector<double> processing_ms_;
  std::jthread thread_;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? std::numeric_limits<double>::quiet_NaN() : quantile(values, 0.5);
}

struct Figures {
  std::array<std::vector<double>, kLiveModes> raw_ms;
  std::vector<double> added_ms, processing_ms;
  std::uint64_t labelled_rows = 0;
};

Result<void> measure(BenchMoves& moves, int count, std::vector<double>& times_ms) {
  const auto each = moves.move(count);
  if (!each) return each.error();
  times_ms.insert(times_ms.end(), each->begin(), each->end());
  return {};
}

// Absent, off, stopped, busy: one round.
Result<void> round(BenchMoves& moves, LabelledSlices& labelled, int count, int threads,
                   Figures& figures) {
  if (auto ok = measure(moves, count, figures.raw_ms[absent]); !ok) return ok;
  Segmentation plugin(moves.stack(), labelled);
  if (auto ok = plugin.start(threads); !ok) return ok;
  if (auto ok = plugin.wait_for_labels(); !ok) return ok;
  if (auto ok = plugin.enable(false); !ok) return ok;
  if (auto ok = measure(moves, count, figures.raw_ms[off]); !ok) return ok;
  if (auto ok = plugin.enable(true); !ok) return ok;
  if (auto ok = plugin.wait_for_labels(); !ok) return ok;
  plugin.pause(true);
  const auto asleep = measure(moves, count, figures.raw_ms[stopped]);
  plugin.pause(false);
  if (!asleep) return asleep;
  // What is left from before the sleep would count as late.
  if (auto ok = plugin.wait_for_labels(); !ok) return ok;
  labelled.take_latencies_ms();
  plugin.take_processing_ms();
  if (auto ok = measure(moves, count, figures.raw_ms[busy]); !ok) return ok;
  if (auto ok = plugin.wait_for_labels(); !ok) return ok;
  for (const double latency : labelled.take_latencies_ms()) figures.added_ms.push_back(latency);
  for (const double one : plugin.take_processing_ms()) figures.processing_ms.push_back(one);
  for (const auto& [id, slice] : labelled.newest())
    figures.labelled_rows = slice.labels.header.pixels().shape(0);
  return {};
}

}  // namespace

Measurements bench_segment_live(const BenchContext& context) {
  LabelledSlices labelled;
  auto moves = BenchMoves::start("parallel", context,
                                 [&](const wire::FeedMessage& message, std::int64_t arrived_ns) {
                                   labelled.add_slice(message, arrived_ns);
                                 });
  if (!moves) return moves.error();
  if (auto warm = (*moves)->move(10); !warm) return warm.error();
  const int rounds = context.scale < 1 ? 1 : kRounds, count = scaled(50, context.scale, 5);
  Figures figures;
  for (int i = 0; i < rounds; ++i)
    if (auto ok = round(**moves, labelled, count, context.threads, figures); !ok) return ok.error();

  std::ranges::sort(figures.added_ms);
  if (figures.added_ms.empty())
    return Error{Errc::unavailable, "no labels met a slice that came; see what the plugin says"};
  char detail[160];
  std::snprintf(detail, sizeof detail,
                "p90 %.1f ms of %zu label images of %llux%llu, the node itself %.1f ms; load %.1f",
                quantile(figures.added_ms, 0.9), figures.added_ms.size(),
                static_cast<unsigned long long>(figures.labelled_rows),
                static_cast<unsigned long long>(figures.labelled_rows),
                median(figures.processing_ms), context.load_before);
  std::vector<Measurement> rows{{.name = "segment_live.added_latency",
                                 .value = quantile(figures.added_ms, 0.5),
                                 .work = kMovesWork,
                                 .detail = detail,
                                 .threads = context.threads}};
  for (const auto& [name, mode] : {std::pair("segment_live.raw_latency_disabled", off),
                                   {"segment_live.raw_latency_stopped", stopped},
                                   {"segment_live.raw_latency_busy", busy}}) {
    std::snprintf(detail, sizeof detail, "%zu moves each, in turns; load %.1f",
                  figures.raw_ms[mode].size(), context.load_before);
    rows.push_back({.name = name,
                    .value = median(figures.raw_ms[mode]),
                    .limit = median(figures.raw_ms[absent]),
                    .limit_name = "the same without the plugin",
                    .work = kMovesWork,
                    .detail = detail,
                    .threads = context.threads});
  }
  return rows;
}

}  // namespace slicecast::cli
