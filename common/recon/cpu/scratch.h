// Aligned work memory and a pool of per-task work spaces.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "hwy/aligned_allocator.h"

namespace slicecast::recon {

// Zeroed on allocation. Aligned for any vector and for FFTW.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::size_t count)
      : size_(count), floats_(hwy::AllocateAligned<float>(count == 0 ? 1 : count)) {
    std::memset(floats_.get(), 0, count * sizeof(float));
  }
  float* get() { return floats_.get(); }
  const float* get() const { return floats_.get(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::size_t size_ = 0;
  hwy::AlignedFreeUniquePtr<float[]> floats_;
};

// Hands out idle objects or makes new ones; as many exist as were ever in use at the same time.
// Thread-safe. (Not thread-local: a thread that waits for its own rows may be given another frame.)
template <class Workspace>
class WorkspacePool {
 public:
  class Lease {
   public:
    Lease(WorkspacePool& pool, std::unique_ptr<Workspace> workspace)
        : pool_(pool), workspace_(std::move(workspace)) {}
    ~Lease() {
      const std::lock_guard lock(pool_.mutex_);
      pool_.idle_.push_back(std::move(workspace_));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Workspace* operator->() { return workspace_.get(); }
    Workspace& operator*() { return *workspace_; }

   private:
    WorkspacePool& pool_;
    std::unique_ptr<Workspace> workspace_;
  };

  template <class Make>
  Lease take(const Make& make) {
    std::unique_ptr<Workspace> workspace;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        workspace = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (!workspace) workspace = make();
    return Lease(*this, std::move(workspace));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> idle_;
};

}  // namespace slicecast::recon
