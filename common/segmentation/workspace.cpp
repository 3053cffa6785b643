#include "common/segmentation/workspace.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>

namespace slicecast::segmentation {

struct Workspace::Arena {
  explicit Arena(int threads) : arena(threads) {}
  tbb::task_arena arena;
};

Workspace::Workspace(int threads) : threads_(std::max(1, threads)) {
  if (threads_ > 1) arena_ = std::make_unique<Arena>(threads_);
}

Workspace::~Workspace() = default;

Buffer* Workspace::block(std::size_t bytes) {
  if (taken_ == blocks_.size()) blocks_.emplace_back();
  BufferPtr& block = blocks_[taken_++];
  if (!block || block->size() < bytes) {
    block.reset();  // before the new one is allocated
    block = Buffer::allocate(std::max<std::size_t>(bytes, 64));
  }
  return block.get();
}

void Workspace::for_bands(int rows, int rows_per_band, const std::function<void(int, int)>& body) {
  const int bands = bands_of(rows, rows_per_band);
  const auto one = [&](int band) {
    body(band * rows_per_band, std::min(rows, (band + 1) * rows_per_band));
  };
  if (!arena_ || bands < 2) {
    for (int band = 0; band < bands; ++band) one(band);
    return;
  }
  arena_->arena.execute([&] { tbb::parallel_for(0, bands, one); });
}

}  // namespace slicecast::segmentation
