// Memory of one executor: regions that live from the call that fills them to the last one that
// reads them share addresses with others that live at other times. A region may lie inside another
// one (an input of a concatenation inside its result).
#pragma once

#include <cstddef>
#include <vector>

namespace slicecast::nn::onednn {

using RegionId = int;

class Arena {
 public:
  // Calls are numbered from 0; `touch` tells that a call writes or reads the region.
  RegionId add(std::size_t bytes);
  void touch(RegionId region, int call);

  bool is_inside_another(RegionId region) const;
  // From now on `region` lies `offset` bytes behind the start of `whole`.
  void put_inside(RegionId region, RegionId whole, std::size_t offset);

  // Gives every region its place; returns the bytes needed. Nothing may be added after.
  std::size_t place();
  std::size_t offset(RegionId region) const;  // a multiple of 64 for regions outside others

 private:
  struct Region {
    std::size_t bytes = 0, offset = 0;
    RegionId whole = -1;
    int first = -1, last = -1;
  };
  std::vector<Region> regions_;
};

}  // namespace slicecast::nn::onednn
