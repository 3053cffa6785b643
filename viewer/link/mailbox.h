// What the network threads hand to the UI thread: newest wins per key, so that a busy UI never
// makes memory grow. post() from any thread, take() from the UI thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "viewer/link/frames.h"
#include "viewer/link/report.h"

namespace slicecast::viewer {

struct SceneArrival {
  v1::Scene scene;
  std::uint64_t instance = 0;
};
struct SliceGone {
  std::string id;
};
// To a SliceRequest of the slice set.
struct SliceAnswer {
  std::uint64_t ticket = 0;
  Result<v1::Reply> reply;
};
// To a request of the parameter panel or of the axis search.
struct ServiceAnswer {
  std::uint64_t ticket = 0;
  std::string service;
  Result<v1::Reply> reply;
};

using Arrival =
    std::variant<SliceFramePtr, PreviewFramePtr, ThumbnailFramePtr, OverlayFramePtr,
                 SliceHistogramPtr, SceneArrival, SliceGone, SliceAnswer, ServiceAnswer, ReportPtr>;

class Mailbox {
 public:
  // `wake` is called after each post, from the posting thread.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Replaces what waits under the same key and takes its place at the end of the order.
  void post(const std::string& key, Arrival arrival);
  std::vector<Arrival> take();  // in order of posting
  std::uint64_t superseded() const;

 private:
  struct Item {
    std::string key;
    Arrival arrival;
  };
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Item> items_;  // by order
  std::map<std::string, std::uint64_t> order_of_;
  std::uint64_t posted_ = 0, superseded_ = 0;
};

// The way of one link into the mailbox: who comes waits until it is opened, and once it is closed
// whatever the threads of that link still bring goes nowhere. Any thread.
class Outlet {
 public:
  explicit Outlet(Mailbox& mailbox) : mailbox_(mailbox) {}
  void post(const std::string& key, Arrival arrival) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return opened_ || closed_; });
    if (!closed_) mailbox_.post(key, std::move(arrival));
  }
  void open() {
    std::lock_guard lock(mutex_);
    opened_ = true;
    changed_.notify_all();
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  Mailbox& mailbox_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool opened_ = false, closed_ = false;
};

}  // namespace slicecast::viewer
