// The low-priority thread of the projection server: rotation axis, rings, the
// state file and tidying up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "common/service/state_writes.h"
#include "services/projection/axis_watch.h"
#include "services/projection/ring_watch.h"

namespace slicecast::projection {

class Background {
 public:
  struct Options {
    std::filesystem::path state_file;
    service::StateWrites* state_writes = nullptr;  // told of each; must outlive this
    std::function<bool()> owns_state;              // none: always; false: the file is left alone
    std::function<config::Settings()> settings;    // live
    std::function<void(double column)> follow;     // applies an axis; called on this thread
  };
  Background(Pipeline& pipeline, Options options);
  ~Background();  // writes the state a last time, if it is ours
  Background(const Background&) = delete;

  // The newest finding of the scan `scan_id`.
  std::optional<AxisFinding> finding() const;
  // Asks for a fresh one and waits for it; any thread.
  Result<AxisFinding> find_now(std::chrono::milliseconds deadline);

 private:
  void run(std::stop_token stop);
  void watch_axis(const WindowView& view, const config::Settings& settings, std::stop_token stop);
  void save_state();

  Pipeline& pipeline_;
  const Options options_;
  AxisWatch axis_;
  RingWatch rings_;
  std::uint64_t saved_revision_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::uint64_t asked_ = 0, answered_ = 0;
  std::optional<AxisFinding> finding_;
  std::optional<Error> refusal_;
  std::jthread thread_;
};

}  // namespace slicecast::projection
