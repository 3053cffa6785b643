// Mean and deviation in a round region of each slice, over time: a node that remembers.
#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>

#include "plugins/sdk/plugin.h"

using namespace slicecast::plugin;
using slicecast::config::Settings;

class RoiStatistics final : public StatefulNode {
 public:
  void process(std::span<const SliceView> slices, const Settings& roi, Output& out) override {
    for (const auto& slice : slices) {
      auto& series = series_[slice.key()];
      series.push_back(measure(slice, roi));
      while (static_cast<int>(series.size()) > roi.integer("history")) series.pop_front();
      auto& table = out.table(&slice, "roi");
      for (const char* name : {"time", "mean", "deviation"}) table.add_columns()->set_name(name);
      table.mutable_columns(0)->set_unit("s");
      for (const auto& moment : series)
        for (int i = 0; i < 3; ++i)
          table.mutable_columns(i)->add_values(moment[static_cast<std::size_t>(i)]);
    }
  }
  void slice_event(const SliceEvent& event, Output&) override {
    series_.erase("slice/" + event.slice.id());  // another place is another series
  }
  void scan_event(const ScanEvent& event, Output&) override {
    if (event.what == ScanEvent::What::started) series_.clear();
  }

 private:
  using Moment = std::array<double, 3>;  // seconds since 1970, mean, deviation
  static Moment measure(const SliceView& slice, const Settings& roi) {
    const double x = roi.real("x") * slice.columns, y = roi.real("y") * slice.rows;
    const double radius = roi.real("radius") * slice.columns;
    double count = 0, sum = 0, squares = 0;
    for (int r = 0; r < slice.rows; ++r)
      for (int c = 0; c < slice.columns; ++c)
        if (std::pow(c + 0.5 - x, 2) + std::pow(r + 0.5 - y, 2) <= radius * radius)
          count += 1, sum += slice(r, c), squares += double{slice(r, c)} * slice(r, c);
    const double mean = sum / std::max(count, 1.0);
    const double variance = std::max(squares / std::max(count, 1.0) - mean * mean, 0.0);
    return {1e-9 * static_cast<double>(slice.stamp().acquired_ns()), mean, std::sqrt(variance)};
  }
  std::map<std::string, std::deque<Moment>> series_;
};

int main(int argc, char** argv) {
  Plugin plugin{.name = "roi", .doc = "Mean and deviation in a round region, over time."};
  plugin.outputs = {"table"};
  plugin.parameters = {real("x", 0.5, 0, 1, "", "Centre, as a part of the slice's width"),
                       real("y", 0.5, 0, 1, "", "Centre, as a part of the slice's height"),
                       real("radius", 0.1, 0, 1, "", "Radius, as a part of the slice's width"),
                       integer("history", 500, 1, 100000, "", "Moments that are remembered")};
  plugin.make_stateful = stateful<RoiStatistics>();
  return run(plugin, argc, argv);
}
