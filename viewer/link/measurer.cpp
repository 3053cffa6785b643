#include "viewer/link/measurer.h"

#include <algorithm>
#include <chrono>

#include "common/base/thread_name.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer {
namespace {

constexpr int kRests = 4;
constexpr std::chrono::milliseconds kLeastRest{20};

}  // namespace

Measurer::Measurer(Done done)
    : done_(std::move(done)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Measurer::~Measurer() {
  thread_.request_stop();
}

void Measurer::measure(const SliceFramePtr& frame) {
  {
    std::lock_guard lock(mutex_);
    waiting_[frame->id()] = frame;
  }
  changed_.notify_all();
}

void Measurer::forget(const std::string& id) {
  std::lock_guard lock(mutex_);
  waiting_.erase(id);
}

void Measurer::run(const std::stop_token& stop) {
  name_thread("view-measure");
  std::string turn;  // slice measured last
  std::chrono::steady_clock::duration rest{0};
  for (;;) {
    SliceFramePtr frame;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, rest, [] { return false; });
      if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      auto next = waiting_.upper_bound(turn);
      if (next == waiting_.end()) next = waiting_.begin();
      frame = std::move(next->second);
      waiting_.erase(next);
    }
    const auto begin = std::chrono::steady_clock::now();
    turn = frame->id();
    note_job(Job::histogram);
    auto measured = std::make_shared<SliceHistogram>();
    measured->id = frame->id();
    measured->version = frame->version;
    measured->histogram = histogram_of(pixels_of(*frame->version));
    done_(std::move(measured));
    rest = std::max<std::chrono::steady_clock::duration>(
        kLeastRest, kRests * (std::chrono::steady_clock::now() - begin));
  }
}

}  // namespace slicecast::viewer
