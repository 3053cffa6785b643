// Random numbers in a row: the n-th draw is a pure function of seed, stream and n.
#pragma once

#include <cstdint>

#include "common/phantom/random.h"

namespace slicecast::training {

class Draws {
 public:
  Draws(std::uint64_t seed, std::uint32_t stream) : seed_(seed), stream_(stream) {}

  double between(double low, double high) {
    const auto words = phantom::philox({next_++, stream_, 0, 0}, seed_);
    return low + (high - low) * phantom::uniform(words[0], words[1]);
  }
  // Of 0 .. count-1.
  int below(int count) { return static_cast<int>(between(0, count)); }

 private:
  std::uint64_t seed_;
  std::uint32_t stream_;
  std::uint32_t next_ = 0;
};

}  // namespace slicecast::training
