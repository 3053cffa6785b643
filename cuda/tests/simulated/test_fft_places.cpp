// Where the row filter's transforms keep their points.
#include <set>

#include <catch2/catch.hpp>

#include "cuda/process/filter_lengths.h"

using namespace slicecast::cuda;

TEST_CASE(
    "places of a butterfly's points are constants beside the first, in transforms of every "
    "length") {
  for (const int length : fft::kLengths) {
    with_filter_length(length, [&]<int kLength>() {
      using Passes = fft::Passes<kLength>;
      std::set<int> places;
      for (int point = 0; point < kLength; ++point) places.insert(Passes::skewed(point));
      CHECK(static_cast<int>(places.size()) == kLength);
      CHECK(*places.rbegin() < Passes::kPoints);
      int piece = kLength;
      for (const int radix : fft::Shape<kLength>::kRadix) {
        const int step = piece / radix;
        bool constant = true;
        for (int first = 0; first < kLength; ++first)
          for (int q = 0; first % piece < step && q < radix; ++q)
            constant &= Passes::skewed(first + q * step) ==
                        Passes::skewed(first) + Passes::skewed(q * step);
        CAPTURE(kLength, radix, step);
        CHECK(constant);
        piece = step;
      }
      return 0;
    });
  }
}
