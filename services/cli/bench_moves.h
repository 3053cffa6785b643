// A slice that is moved at random through real processes under a steady stream of projections: hub,
// source, projection and slice server, and three orthogonal live slices beside it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/wire/feed.h"
#include "services/cli/bench_row.h"
#include "services/cli/bench_stack.h"

namespace slicecast::cli {

// What the moved slice, the live ones and the stream are, in words.
inline constexpr const char* kMovesWork =
    "512x512 slice at random poses from 60 projections, 33.3 frames/s of 647x768, three more live "
    "slices, preview on";

// Notes when each pose of the moved slice arrives. take() runs on a thread of its own, as in a
// viewer; members may be called from any.
class Arrivals {
 public:
  // Called by that thread with every message, right after it came.
  using Listener = std::function<void(const wire::FeedMessage&, std::int64_t arrived_ns)>;
  explicit Arrivals(std::unique_ptr<wire::FeedConsumer> feed, Listener listener = {});
  ~Arrivals();

  // Time of the first image at pose `revision` or newer; nothing at the deadline.
  std::optional<std::int64_t> wait_for(std::uint64_t revision, std::chrono::seconds deadline);
  bool wait_until_full(std::chrono::seconds deadline);
  std::uint64_t slices();

 private:
  struct Arrival {
    std::uint64_t revision;
    std::int64_t arrived_ns;
  };
  std::span<const Arrival> after(std::uint64_t revision) const;
  void receive(const std::stop_token& stop);

  std::unique_ptr<wire::FeedConsumer> feed_;
  Listener listener_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Arrival> arrivals_;
  std::uint64_t slices_ = 0;
  bool full_ = false;
  std::jthread thread_;
};

// Use from the main thread.
class BenchMoves {
 public:
  // Returns once the first window is full. Both servers compute on `backend`.
  static Result<std::unique_ptr<BenchMoves>> start(const std::string& beam,
                                                   const BenchContext& context,
                                                   Arrivals::Listener listener = {},
                                                   const std::string& backend = "cpu");

  // Milliseconds from pose to slice of `count` moves, in their order.
  Result<std::vector<double>> move(int count);
  Result<void> stop_stream();
  std::uint64_t slices() { return arrivals_->slices(); }
  BenchStack& stack() { return *stack_; }

 private:
  BenchMoves() = default;
  std::unique_ptr<BenchStack> stack_;
  v1::Service source_;
  v1::FieldOfView field_;
  std::unique_ptr<wire::ControlClient> control_;
  std::unique_ptr<Arrivals> arrivals_;
  std::mt19937 random_{1};
};

double quantile(const std::vector<double>& sorted, double share);

}  // namespace slicecast::cli
