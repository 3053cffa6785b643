// A plugin that misbehaves on request, for test_plugins.py. Well-behaved it publishes the input as
// values; its sister `--name events` publishes what it hears of slices and scans.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "plugins/sdk/plugin.h"

using namespace slicecast::plugin;
using slicecast::config::Settings;

namespace {

// Any wait that nothing ends: a node that takes its time.
void take_time(std::int64_t ms) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, std::chrono::milliseconds(ms), [] { return false; });
}

void misbehave(const SliceView& slice, const Settings& parameters, Output& out) {
  const std::string& mode = parameters.text("mode");
  take_time(parameters.integer("delay"));
  if (mode == "throw") throw std::runtime_error("it is Monday");
  if (mode == "abort") std::abort();
  for (volatile bool forever = mode == "loop"; forever;) continue;
  if (mode == "short") return out.values(slice, std::vector<float>(7));
  if (mode == "huge") return void(out.values(slice, 1 << 20, 1 << 20));
  if (mode == "unknown label")
    return out.labels(slice, std::vector<std::uint8_t>(slice.pixels.size(), 7));
  auto values = out.values(slice);
  // Of a volume its first plane.
  std::copy_n(slice.pixels.begin(), values.pixels.size(), values.pixels.begin());
  if (mode == "nan") values.pixels.back() = std::numeric_limits<float>::quiet_NaN();
}

class Hearer final : public StatefulNode {
 public:
  void process(std::span<const SliceView>, const Settings&, Output&) override {}
  void slice_event(const SliceEvent& event, Output& out) override {
    constexpr const char* kNames[] = {"added", "moved", "removed"};
    out.event(nullptr, "slice",
              std::string(kNames[static_cast<int>(event.what)]) + " " + event.slice.id());
  }
  void scan_event(const ScanEvent& event, Output& out) override {
    constexpr const char* kNames[] = {"started", "geometry", "ended"};
    // One key each, so that none takes the place of another before it is read.
    const std::string what = kNames[static_cast<int>(event.what)];
    out.event(nullptr, "scan-" + what, what + " " + event.scan.start().scan_id());
  }
};

}  // namespace

int main(int argc, char** argv) {
  Plugin plugin{.name = "rogue", .doc = "Misbehaves on request."};
  plugin.parameters = {
      choice("mode", "well",
             {"well", "throw", "abort", "loop", "short", "huge", "unknown label", "nan"},
             "How it behaves"),
      integer("delay", 0, 0, 100000, "ms", "Time that each call takes")};
  plugin.classes = {label_class(0, "nothing", 0x000000)};
  plugin.each = misbehave;
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) == "events") {
      plugin.each = nullptr;
      plugin.make_stateful = stateful<Hearer>();
    }
  return run(plugin, argc, argv);
}
