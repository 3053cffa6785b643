// Computes histograms of the slice images that arrive, of each slice in turn the newest, on a named
// thread of its own: an image never waits for it. It rests four times as long as it worked, at
// least 20 ms: fifty histograms per second and a fifth of one core are enough.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "viewer/link/frames.h"

namespace slicecast::viewer {

class Measurer {
 public:
  using Done = std::function<void(SliceHistogramPtr)>;  // on the measurer's thread
  explicit Measurer(Done done);
  ~Measurer();  // stops and joins

  void measure(const SliceFramePtr& frame);  // replaces what waits for the same slice; any thread
  void forget(const std::string& id);

 private:
  void run(const std::stop_token& stop);

  const Done done_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, SliceFramePtr> waiting_;  // at most one per slice
  std::jthread thread_;
};

}  // namespace slicecast::viewer
