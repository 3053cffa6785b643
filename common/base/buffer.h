// Pooled, reference-counted pixel memory. Buffers are 64-byte aligned, from 2 MiB on backed by
// transparent huge pages where the system allows it, and padded by 64 readable bytes at the end so
// that vector loads may run over. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace slicecast {

class Buffer {
 public:
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }  // bytes asked for
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(data_);
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }

  // Memory from the system, not pooled. Contents undefined.
  static std::shared_ptr<Buffer> allocate(std::size_t bytes);

 private:
  friend class BufferPool;
  Buffer(std::byte* data, std::size_t size, std::size_t capacity)
      : data_(data), size_(size), capacity_(capacity) {}
  std::byte* data_;
  std::size_t size_;
  std::size_t capacity_;
};

using BufferPtr = std::shared_ptr<Buffer>;
using ConstBufferPtr = std::shared_ptr<const Buffer>;

// Keeps returned buffers for the next taker of a similar size. `keep_bytes` caps what idles in the
// pool; what is handed out is capped by its users, who count it in their own budget.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  static std::shared_ptr<BufferPool> create(std::size_t keep_bytes);
  BufferPtr take(std::size_t bytes);
  std::size_t idle_bytes() const;

 private:
  explicit BufferPool(std::size_t keep_bytes) : keep_bytes_(keep_bytes) {}
  void give_back(Buffer* buffer);
  const std::size_t keep_bytes_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Buffer>> idle_;
  std::size_t idle_bytes_ = 0;
};

}  // namespace slicecast
