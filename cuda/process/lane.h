// One batch of frames on its way over the card: a stream, pinned memory on the host and memory on
// the card, kept for the next batch. A call takes a lane for its duration.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "cuda/device/device.h"
#include "cuda/process/fourier.h"

namespace slicecast::cuda {

// Memory that grows to what was asked for and stays.
template <class Handle, Result<Handle> (Device::*allocate)(std::size_t)>
class Growing {
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
  Handle memory_;
};
using GrowingMemory = Growing<DeviceMemory, &Device::allocate>;
using GrowingPinned = Growing<PinnedMemory, &Device::allocate_pinned>;

struct Lane {
  Stream stream;
  GrowingPinned staged_raw, staged_numbers, staged_out;
  GrowingMemory raw, numbers, patched, transmissions, cleaned, lines, straight, out;
  GrowingMemory mirrored, spectrum, long_rows;
  std::unique_ptr<ImageFourier> image_fourier;
  std::unique_ptr<RowFourier> row_fourier;  // for `row_fourier_rows` rows
  int row_fourier_rows = 0, row_fourier_length = 0;
};

// As many lanes as calls overlap, up to kMost: three hide the copies behind the kernels. Who finds
// none idle waits for one. Thread-safe.
class LanePool {
 public:
  static constexpr int kMost = 3;

  explicit LanePool(Device& device) : device_(device) {}

  class Lease {
   public:
    Lease(LanePool* pool, std::unique_ptr<Lane> lane) : pool_(pool), lane_(std::move(lane)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (lane_) pool_->give_back(std::move(lane_));
    }
    Lane& operator*() const { return *lane_; }
    Lane* operator->() const { return lane_.get(); }

   private:
    LanePool* pool_;
    std::unique_ptr<Lane> lane_;
  };
  Result<Lease> take();

 private:
  void give_back(std::unique_ptr<Lane> lane);

  Device& device_;
  std::mutex mutex_;
  std::condition_variable idle_one_;
  std::vector<std::unique_ptr<Lane>> idle_;
  int made_ = 0;
};

}  // namespace slicecast::cuda
