#include "common/base/buffer.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace slicecast {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kPadding = 64;

std::size_t rounded(std::size_t bytes) {
  // Sizes in one pool repeat exactly (frames of one scan), so classes need not be coarse.
  const std::size_t unit = bytes >= kHugePage ? std::size_t{64} << 10 : std::size_t{4} << 10;
  return (bytes + kPadding + unit - 1) / unit * unit;
}

// Large buffers are mapped: from the heap they would interleave with the short-lived messages of
// the links and leave holes that are never given back. Sanitizers see heap memory only.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kMapped = ~std::size_t{0};
#else
constexpr std::size_t kMapped = std::size_t{256} << 10;
#endif

std::byte* mapped(std::size_t bytes, std::size_t alignment) {
  const std::size_t slack = alignment > 4096 ? alignment : 0;
  void* memory =
      mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  auto* start = static_cast<std::byte*>(memory);
  const std::size_t before = slack == 0 ? 0 : -reinterpret_cast<std::uintptr_t>(start) % alignment;
  if (before > 0) munmap(start, before);
  if (slack > before) munmap(start + before + bytes, slack - before);
  return start + before;
}

std::byte* system_memory(std::size_t capacity) {
  const bool huge = capacity >= kHugePage;
  const std::size_t alignment = huge ? kHugePage : 4096;
  void* memory =
      capacity >= kMapped
          ? mapped(capacity, alignment)
          : std::aligned_alloc(alignment, (capacity + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  // A hint: refusal only costs speed. Whole pages only, else the last one would double the memory
  // of a 2.1 MiB frame.
  if (huge) madvise(memory, capacity / kHugePage * kHugePage, MADV_HUGEPAGE);
  return static_cast<std::byte*>(memory);
}

void give_to_system(std::byte* memory, std::size_t capacity) {
  if (capacity >= kMapped)
    munmap(memory, capacity);
  else
    std::free(memory);
}

}  // namespace

Buffer::~Buffer() {
  give_to_system(data_, capacity_);
}

std::shared_ptr<Buffer> Buffer::allocate(std::size_t bytes) {
  const std::size_t capacity = rounded(bytes);
  return std::shared_ptr<Buffer>(new Buffer(system_memory(capacity), bytes, capacity));
}

std::shared_ptr<BufferPool> BufferPool::create(std::size_t keep_bytes) {
  return std::shared_ptr<BufferPool>(new BufferPool(keep_bytes));
}

BufferPtr BufferPool::take(std::size_t bytes) {
  const std::size_t capacity = rounded(bytes);
  std::unique_ptr<Buffer> buffer;
  {
    std::lock_guard lock(mutex_);
    for (auto it = idle_.rbegin(); it != idle_.rend(); ++it) {
      if ((*it)->capacity_ != capacity) continue;
      buffer = std::move(*it);
      idle_.erase(std::next(it).base());
      idle_bytes_ -= capacity;
      break;
    }
  }
  if (!buffer) buffer.reset(new Buffer(system_memory(capacity), bytes, capacity));
  buffer->size_ = bytes;
  auto self = weak_from_this();
  return {buffer.release(), [self](Buffer* returned) {
            if (auto pool = self.lock())
              pool->give_back(returned);
            else
              delete returned;
          }};
}

std::size_t BufferPool::idle_bytes() const {
  std::lock_guard lock(mutex_);
  return idle_bytes_;
}

void BufferPool::give_back(Buffer* buffer) {
  std::unique_ptr<Buffer> owned(buffer);
  std::vector<std::unique_ptr<Buffer>> evicted;  // freed outside the lock
  std::lock_guard lock(mutex_);
  if (owned->capacity_ > keep_bytes_) return;
  while (idle_bytes_ + owned->capacity_ > keep_bytes_ && !idle_.empty()) {
    idle_bytes_ -= idle_.front()->capacity_;
    evicted.push_back(std::move(idle_.front()));
    idle_.erase(idle_.begin());
  }
  idle_bytes_ += owned->capacity_;
  idle_.push_back(std::move(owned));
}

}  // namespace slicecast
