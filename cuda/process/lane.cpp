#include "cuda/process/lane.h"

namespace slicecast::cuda {

Result<LanePool::Lease> LanePool::take() {
  std::unique_lock lock(mutex_);
  // Every lane that is out comes back, as its owner is a call that ends.
  idle_one_.wait(lock, [&] { return !idle_.empty() || made_ < kMost; });
  if (!idle_.empty()) {
    auto lane = std::move(idle_.back());
    idle_.pop_back();
    return Lease(this, std::move(lane));
  }
  auto stream = device_.make_stream(StreamPriority::normal);
  if (!stream) return stream.error();
  ++made_;
  auto lane = std::make_unique<Lane>();
  lane->stream = std::move(*stream);
  return Lease(this, std::move(lane));
}

void LanePool::give_back(std::unique_ptr<Lane> lane) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(lane));
  }
  idle_one_.notify_one();
}

}  // namespace slicecast::cuda
