#include "common/recon/cpu/image_memory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "common/base/buffer.h"

namespace slicecast::recon {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLargestChunk = 16 * kHugePage;

struct Chunk {
  BufferPtr memory;
  std::vector<std::size_t> free_offsets;
};

// Guards every chunk's free list and the table of chunks by image size.
struct Chunks {
  std::mutex mutex;
  std::map<std::size_t, std::vector<std::weak_ptr<Chunk>>> by_size;
};

Chunks& chunks() {
  static auto* const all = new Chunks;  // outlives images with static lifetime
  return *all;
}

// How many images waste the least at the end of whole huge pages.
std::size_t images_per_chunk(std::size_t bytes) {
  std::size_t best = 1;
  double best_waste = 1;
  for (std::size_t count = 1; count * bytes <= kLargestChunk; ++count) {
    const std::size_t pages = (count * bytes + kHugePage - 1) / kHugePage;
    const double waste =
        1 - static_cast<double>(count * bytes) / static_cast<double>(pages * kHugePage);
    if (waste < best_waste - 0.005) {
      best = count;
      best_waste = waste;
    }
    if (best_waste < 0.01) break;
  }
  return best;
}

std::shared_ptr<Chunk> new_chunk(std::size_t bytes) {
  auto chunk = std::make_shared<Chunk>();
  const std::size_t count = images_per_chunk(bytes);
  chunk->memory = Buffer::allocate(count * bytes);
  for (std::size_t i = count; i-- > 0;) chunk->free_offsets.push_back(i * bytes);
  return chunk;
}

}  // namespace

std::shared_ptr<std::byte> image_memory(std::size_t bytes) {
  bytes = (std::max<std::size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  std::shared_ptr<Chunk> chunk;
  std::size_t offset = 0;
  {
    std::lock_guard lock(chunks().mutex);
    auto& open = chunks().by_size[bytes];
    std::erase_if(open, [](const auto& weak) { return weak.expired(); });
    for (const auto& weak : open) {
      auto candidate = weak.lock();
      if (!candidate || candidate->free_offsets.empty()) continue;
      chunk = std::move(candidate);
      break;
    }
    if (!chunk) {
      chunk = new_chunk(bytes);
      open.push_back(chunk);
    }
    offset = chunk->free_offsets.back();
    chunk->free_offsets.pop_back();
  }
  std::byte* first = chunk->memory->data() + offset;
  return {first, [chunk, offset](std::byte*) {
            std::lock_guard lock(chunks().mutex);
            chunk->free_offsets.push_back(offset);
          }};
}

}  // namespace slicecast::recon
