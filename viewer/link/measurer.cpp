#include "viewer/link/measurer.h"

#include "common/base/thread_name.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer {

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
  for (;;) {
    SliceFramePtr frame;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      frame = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
    }
    note_job(Job::histogram);
    auto measured = std::make_shared<SliceHistogram>();
    measured->id = frame->id();
    measured->version = frame->version;
    measured->histogram = histogram_of(pixels_of(*frame->version));
    done_(std::move(measured));
  }
}

}  // namespace slicecast::viewer
