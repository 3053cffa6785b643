#include "viewer/link/retirement.h"

#include <utility>

#include "common/base/thread_name.h"

namespace slicecast::viewer {

Retirement::Retirement() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

Retirement::~Retirement() {
  thread_.request_stop();
}

void Retirement::take(std::unique_ptr<ServerLink> link) {
  if (!link) return;
  link->close();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return links_.size() < kMost; });
  links_.push_back(std::move(link));
  changed_.notify_all();
}

void Retirement::run(const std::stop_token& stop) {
  name_thread("view-leave");
  for (;;) {
    std::unique_ptr<ServerLink> link;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return !links_.empty(); });
      if (links_.empty()) return;  // stopped, and none is left
      link = std::move(links_.front());
      links_.pop_front();
      changed_.notify_all();
    }
  }
}

}  // namespace slicecast::viewer
