// Things that a call borrows for its duration: streams with the memory that belongs to them.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "cuda/device/device.h"

namespace slicecast::cuda {

// Memory that grows to what was asked for and stays.
template <class Memory, Result<Memory> (Device::*allocate)(std::size_t)>
class GrowingHandle {
 public:
  Result<void> reserve(Device& device, std::size_t bytes) {
    if (bytes <= memory_.bytes()) return {};
    memory_.reset();  // first, so that the two never stand side by side
    auto memory = (device.*allocate)(bytes);
    if (!memory) return memory.error();
    memory_ = std::move(*memory);
    return {};
  }
  template <class T>
  T* as() const {
    return memory_.template as<T>();
  }

 private:
  Memory memory_;
};
using GrowingOnCard = GrowingHandle<DeviceMemory, &Device::allocate>;
using GrowingOnHost = GrowingHandle<PinnedMemory, &Device::allocate_pinned>;

// As many of T as calls overlap, up to `most`; who finds none idle waits for one. Thread-safe.
template <class T>
class Leases {
 public:
  using Make = std::function<Result<T>()>;
  Leases(int most, Make make) : most_(most), make_(std::move(make)) {}

  class Lease {
   public:
    Lease(Leases* from, T what) : from_(from), what_(std::move(what)) {}
    Lease(Lease&& other) noexcept
        : from_(std::exchange(other.from_, nullptr)), what_(std::move(other.what_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (from_ != nullptr) from_->give_back(std::move(what_));
    }
    T& operator*() { return what_; }
    T* operator->() { return &what_; }

   private:
    Leases* from_;
    T what_;
  };

  Result<Lease> take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty() || made_ < most_; });
    if (!idle_.empty()) {
      Lease lease(this, std::move(idle_.back()));
      idle_.pop_back();
      return lease;
    }
    ++made_;
    lock.unlock();
    auto made = make_();
    if (made) return Lease(this, std::move(*made));
    lock.lock();
    --made_;
    returned_.notify_one();
    return made.error();
  }

 private:
  void give_back(T what) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(what));
    returned_.notify_one();
  }

  const int most_;
  const Make make_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<T> idle_;
  int made_ = 0;
};

}  // namespace slicecast::cuda
