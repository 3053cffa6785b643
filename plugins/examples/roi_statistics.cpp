// Mean and deviation in a round region of each slice, over time: a node that remembers.
#include "plugins/sdk/plugin.h"
#include "plugins/sdk/statistics.h"

using namespace slicecast::plugin;
using slicecast::config::Settings;

class RoiStatistics final : public StatefulNode {
 public:
  void process(std::span<const SliceView> slices, const Settings& roi, Output& out) override {
    for (const auto& slice : slices) {
      const Disc disc{roi.real("x"), roi.real("y"), roi.real("radius")};
      const Statistics found = statistics(slice, disc);
      history_.add(slice, {found.mean, found.deviation}, roi.integer("history"), out, "roi");
    }
  }
  void slice_event(const SliceEvent& event, Output&) override { history_.hear(event); }
  void scan_event(const ScanEvent& event, Output&) override { history_.hear(event); }

 private:
  History history_{{{"mean", ""}, {"deviation", ""}}};
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
