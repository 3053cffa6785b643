#include "common/nn/graph/onednn/arena.h"

#include <algorithm>
#include <numeric>

namespace slicecast::nn::onednn {

RegionId Arena::add(std::size_t bytes) {
  regions_.push_back({(bytes + 63) / 64 * 64, 0, -1, -1, -1});
  return static_cast<RegionId>(regions_.size()) - 1;
}

void Arena::touch(RegionId region, int call) {
  for (RegionId id = region; id >= 0;) {
    Region& at = regions_[static_cast<std::size_t>(id)];
    at.first = at.first < 0 ? call : std::min(at.first, call);
    at.last = std::max(at.last, call);
    id = at.whole;
  }
}

bool Arena::is_inside_another(RegionId region) const {
  return regions_[static_cast<std::size_t>(region)].whole >= 0;
}

void Arena::put_inside(RegionId region, RegionId whole, std::size_t offset) {
  Region& part = regions_[static_cast<std::size_t>(region)];
  part.whole = whole;
  part.offset = offset;
  if (part.first < 0) return;
  touch(whole, part.first);
  touch(whole, part.last);
}

std::size_t Arena::place() {
  // Largest first, each at the lowest address that is free while it lives (Y. Pisarchyk and
  // J. Lee, "Efficient memory management for deep neural net inference", 2020, greedy by size).
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < regions_.size(); ++i)
    if (regions_[i].whole < 0) order.push_back(i);
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return regions_[i].bytes; });
  std::vector<std::size_t> placed;  // by address
  std::size_t total = 0;
  for (const std::size_t i : order) {
    Region& region = regions_[i];
    std::size_t address = 0;
    for (const std::size_t j : placed) {
      const Region& other = regions_[j];
      if (other.last < region.first || region.last < other.first) continue;
      if (address + region.bytes <= other.offset) break;
      address = std::max(address, other.offset + other.bytes);
    }
    region.offset = address;
    total = std::max(total, address + region.bytes);
    placed.insert(std::ranges::upper_bound(placed, address, {},
                                           [&](std::size_t j) { return regions_[j].offset; }),
                  i);
  }
  return total;
}

std::size_t Arena::offset(RegionId region) const {
  std::size_t sum = 0;
  for (RegionId id = region; id >= 0; id = regions_[static_cast<std::size_t>(id)].whole)
    sum += regions_[static_cast<std::size_t>(id)].offset;
  return sum;
}

}  // namespace slicecast::nn::onednn
