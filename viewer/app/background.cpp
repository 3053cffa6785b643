#include "viewer/app/background.h"

#include "common/base/thread_name.h"

namespace slicecast::viewer {
namespace {

constexpr std::size_t kMostWaiting = 16;

}  // namespace

Background::Background(std::function<void()> wake)
    : wake_(std::move(wake)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

Background::~Background() {
  thread_.request_stop();
  changed_.notify_all();
}

bool Background::run(Job job, Done done) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) return false;
    waiting_.push_back({std::move(job), std::move(done), {}});
  }
  changed_.notify_all();
  return true;
}

void Background::poll() {
  std::deque<Task> finished;
  {
    std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  for (const auto& task : finished) task.done(task.text);
}

bool Background::idle() const {
  std::lock_guard lock(mutex_);
  return waiting_.empty() && finished_.empty() && !busy_;
}

void Background::finish() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.empty() && !busy_; });
  }
  poll();
}

void Background::work(const std::stop_token& stop) {
  name_thread("view-files");
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      busy_ = false;
      changed_.notify_all();
      changed_.wait(lock, stop, [&] { return !waiting_.empty(); });
      if (waiting_.empty()) return;  // stopped, and nothing is left to write
      task = std::move(waiting_.front());
      waiting_.pop_front();
      busy_ = true;
    }
    task.text = task.job();
    {
      std::lock_guard lock(mutex_);
      finished_.push_back(std::move(task));
    }
    wake_();
  }
}

}  // namespace slicecast::viewer
