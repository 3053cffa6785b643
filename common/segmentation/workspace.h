// Memory and threads of one caller of the segmentation methods: what a method needs beside its
// input and output is taken from here and kept for the next call, so that slices of one size cost
// no allocation after the first. Not thread-safe: one workspace per concurrent caller.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/base/buffer.h"

namespace slicecast::segmentation {

class Workspace {
 public:
  // `threads` below 1 counts as 1. With one thread everything runs in the caller's.
  explicit Workspace(int threads = 1);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  int threads() const { return threads_; }

  // 64-byte aligned, padded by 64 readable bytes, contents undefined; valid until the Frame around
  // it ends.
  template <class T>
  std::span<T> take(std::size_t count) {
    return {block(count * sizeof(T))->template as<T>(), count};
  }

  // What is taken while a Frame lives goes back when it ends.
  class Frame {
   public:
    explicit Frame(Workspace& workspace) : workspace_(workspace), first_(workspace.taken_) {}
    ~Frame() { workspace_.taken_ = first_; }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

   private:
    Workspace& workspace_;
    std::size_t first_;
  };

  // Calls body(first, last) for bands of `rows_per_band` rows that cover 0..rows. The bands do not
  // depend on the number of threads, so that sums taken per band and added in order do not either.
  void for_bands(int rows, int rows_per_band, const std::function<void(int, int)>& body);

 private:
  struct Arena;
  Buffer* block(std::size_t bytes);

  int threads_;
  std::unique_ptr<Arena> arena_;  // null: one thread
  std::vector<BufferPtr> blocks_;
  std::size_t taken_ = 0;
};

// Rows of a band where nothing else speaks for another number.
inline constexpr int kBandRows = 32;
inline int bands_of(int rows, int rows_per_band = kBandRows) {
  return (rows + rows_per_band - 1) / rows_per_band;
}

}  // namespace slicecast::segmentation
