// Label images beside the slice images that they were computed from, as a client receives both: by
// the whole stamp of the input, so that no label meets a slice of another pose or version. Any
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/wire/feed.h"

namespace slicecast::cli {

struct LabelledSlice {
  wire::FeedMessage slice, labels;
};

class LabelledSlices {
 public:
  // Moments of arrival in steady nanoseconds. What is neither a slice nor labels is left out, and
  // a removed key takes its images along.
  void add_slice(const wire::FeedMessage& message, std::int64_t arrived_ns);
  void add_labels(const wire::FeedMessage& message, std::int64_t arrived_ns);

  // Milliseconds from a slice to its labels, of those that came since the last call; 0 where the
  // labels were there first. At most the newest 4096.
  std::vector<double> take_latencies_ms();
  std::uint64_t labels_received() const;
  // By slice id: the newest pair.
  std::map<std::string, LabelledSlice> newest() const;

 private:
  struct Arrival {
    wire::FeedMessage message;
    std::int64_t arrived_ns = 0;
  };
  struct OfSlice {
    std::deque<Arrival> slices;     // the newest few: labels are of an earlier version by then
    std::optional<Arrival> labels;  // that came before their slice
    std::optional<LabelledSlice> newest;
  };
  void pair(OfSlice& of, const Arrival& slice, const Arrival& labels);

  mutable std::mutex mutex_;
  std::map<std::string, OfSlice> slices_;
  std::vector<double> latencies_ms_;
  std::uint64_t labels_ = 0;
};

// Share of each class among the labelled pixels of all images, by name in the order of the classes.
std::vector<std::pair<std::string, double>> class_fractions(
    const std::map<std::string, LabelledSlice>& slices);

}  // namespace slicecast::cli
