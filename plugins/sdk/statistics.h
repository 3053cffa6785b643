// Small things that many nodes do with an image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/events.h"
#include "plugins/sdk/output.h"
#include "plugins/sdk/view.h"

namespace slicecast::plugin {

// Parts of the width, the height, and the width.
struct Disc {
  double x = 0.5, y = 0.5, radius = 0.1;
};

struct Statistics {
  std::size_t count = 0;
  double mean = 0, deviation = 0;  // 0 when nothing is counted
};

// Over pixels whose centres lie in the disc.
Statistics statistics(const SliceView& slice, const Disc& disc);

// Rows of numbers per image key, each with the time of its image: what a StatefulNode remembers.
// A slice that is moved or removed begins anew, and so do all with a new scan.
class History {
 public:
  // Names of the columns behind `time`, and their units.
  explicit History(std::vector<std::pair<std::string, std::string>> columns)
      : columns_(std::move(columns)) {}

  // Keeps the newest `most` rows; publishes all of them as a table.
  void add(const SliceView& slice, const std::vector<double>& row, std::int64_t most, Output& out,
           const std::string& title);
  void hear(const SliceEvent& event) { rows_.erase("slice/" + event.slice.id()); }
  void hear(const ScanEvent& event) {
    if (event.what == ScanEvent::What::started) rows_.clear();
  }

 private:
  const std::vector<std::pair<std::string, std::string>> columns_;
  std::map<std::string, std::deque<std::vector<double>>> rows_;  // seconds since 1970 first
};

// Each pixel the weighted mean along rows and columns of those about it, weights at distance
// -reach ... reach; at the edges of those that are left.
void convolve(const SliceView& slice, const std::vector<double>& weights, const ValuesOut& out);

}  // namespace slicecast::plugin
