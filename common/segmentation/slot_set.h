// A set of small integers that gives its smallest in a few operations: a bit per member, and a bit
// per word below that has any, up to one word (P. van Emde Boas (1975), with words for halves).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/segmentation/workspace.h"

namespace slicecast::segmentation {

class SlotSet {
 public:
  // Holds 0..capacity-1, starts empty. Memory is the workspace's.
  SlotSet(std::size_t capacity, Workspace& workspace) {
    do {
      capacity = (capacity + 63) / 64;
      levels_[depth_] = workspace.take<std::uint64_t>(capacity).data();
      for (std::size_t k = 0; k < capacity; ++k) levels_[depth_][k] = 0;
      ++depth_;
    } while (capacity > 1);
  }
  bool empty() const { return *levels_[depth_ - 1] == 0; }

  void insert(std::size_t slot) {
    for (std::size_t level = 0; level < depth_; ++level) {
      std::uint64_t& word = levels_[level][slot / 64];
      const bool known = word != 0;  // so do all levels above
      word |= std::uint64_t{1} << (slot % 64);
      if (known) return;
      slot /= 64;
    }
  }

  // Not of an empty set.
  std::size_t take_smallest() {
    std::size_t slot = 0;
    for (std::size_t level = depth_; level-- > 0;)
      slot = 64 * slot + static_cast<std::size_t>(std::countr_zero(levels_[level][slot]));
    std::size_t place = slot;
    for (std::size_t level = 0; level < depth_; ++level) {
      std::uint64_t& word = levels_[level][place / 64];
      word &= ~(std::uint64_t{1} << (place % 64));
      if (word != 0) break;
      place /= 64;
    }
    return slot;
  }

 private:
  std::array<std::uint64_t*, 6> levels_{};  // 64^6 exceeds any image
  std::size_t depth_ = 0;
};

}  // namespace slicecast::segmentation
