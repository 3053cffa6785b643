// Mean and spread in a round region of each slice, over time: a node that remembers.
#include <cmath>
#include <deque>
#include <map>

#include "plugins/sdk/plugin.h"

using namespace slicecast::plugin;
using slicecast::config::Settings;

namespace {

struct Moment {
  double time_s, mean, deviation;
};

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
      for (const Moment& moment : series) {
        table.mutable_columns(0)->add_values(moment.time_s);
        table.mutable_columns(1)->add_values(moment.mean);
        table.mutable_columns(2)->add_values(moment.deviation);
      }
    }
  }
  void slice_event(const SliceEvent& event, Output&) override {
    series_.erase("slice/" + event.slice.id());  // another place is another series
  }
  void scan_event(const ScanEvent& event, Output&) override {
    if (event.what == ScanEvent::What::started) series_.clear();
  }

 private:
  static Moment measure(const SliceView& slice, const Settings& roi) {
    const double x = roi.real("x") * slice.columns, y = roi.real("y") * slice.rows;
    const double radius = roi.real("radius") * slice.columns;
    const auto inside = [&](int r, int c) {
      return std::pow(c + 0.5 - x, 2) + std::pow(r + 0.5 - y, 2) <= radius * radius;
    };
    double count = 0, sum = 0, squares = 0;
    for (int r = 0; r < slice.rows; ++r)
      for (int c = 0; c < slice.columns; ++c)
        if (inside(r, c))
          count += 1, sum += slice(r, c), squares += double{slice(r, c)} * slice(r, c);
    const double mean = count > 0 ? sum / count : 0;
    const double variance = count > 0 ? squares / count - mean * mean : 0;
    const auto acquired_ns = static_cast<double>(slice.stamp().acquired_ns());
    return {1e-9 * acquired_ns, mean, std::sqrt(std::max(variance, 0.0))};
  }
  std::map<std::string, std::deque<Moment>> series_;
};

}  // namespace

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
