#include "common/segmentation/percentile.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "common/segmentation/ordered_key.h"

namespace slicecast::segmentation {
namespace {

constexpr int kHighBits = 16;
constexpr std::size_t kBuckets = std::size_t{1} << kHighBits;

std::size_t bucket_of(float value) {
  return ordered_key(value) >> (32 - kHighBits);
}

// The values of one bucket, sorted as far as they were asked for.
class Bucket {
 public:
  Bucket(const Prepared& prepared, std::span<float> space) : prepared_(prepared), space_(space) {}

  float at(std::size_t bucket, std::size_t rank_in_bucket) {
    if (bucket != bucket_) collect(bucket);
    const auto place = space_.begin() + static_cast<std::ptrdiff_t>(rank_in_bucket);
    std::nth_element(space_.begin(), place, space_.begin() + static_cast<std::ptrdiff_t>(size_));
    return *place;
  }

 private:
  void collect(std::size_t bucket) {
    bucket_ = bucket;
    size_ = 0;
    for (int r = 0; r < prepared_.image.rows; ++r)
      for (float value : prepared_.image.row(r))
        if (value == value && bucket_of(value) == bucket) space_[size_++] = value;
  }

  const Prepared& prepared_;
  std::span<float> space_;
  std::size_t bucket_ = kBuckets, size_ = 0;
};

}  // namespace

void percentiles(const Prepared& prepared, std::span<const double> percents,
                 std::span<float> values, Workspace& workspace) {
  const Workspace::Frame frame(workspace);
  const auto counts = workspace.take<std::uint32_t>(kBuckets);
  std::fill(counts.begin(), counts.end(), 0);
  for (int r = 0; r < prepared.image.rows; ++r)
    for (float value : prepared.image.row(r))
      if (value == value) ++counts[bucket_of(value)];

  Bucket bucket(prepared, workspace.take<float>(prepared.count));
  const auto at_rank = [&](std::size_t rank) {
    std::size_t k = 0;
    while (rank >= counts[k]) rank -= counts[k++];
    return bucket.at(k, rank);
  };
  for (std::size_t i = 0; i < percents.size(); ++i) {
    const double position = percents[i] / 100 * static_cast<double>(prepared.count - 1);
    const auto rank = static_cast<std::size_t>(position);
    const double low = at_rank(rank);
    const double share = position - static_cast<double>(rank);
    const double high = share > 0 ? at_rank(std::min(rank + 1, prepared.count - 1)) : low;
    values[i] = static_cast<float>(low + share * (high - low));
  }
}

}  // namespace slicecast::segmentation
