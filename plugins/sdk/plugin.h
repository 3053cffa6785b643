// Your own processing node in some 20 lines: describe it in a Plugin, and run() makes a process of
// it that finds its feeds, keeps up with the newest image of each slice, publishes what the node
// returns with the stamp of its input, shows its parameters, counts what went wrong and stops on
// Ctrl-C. See docs/how-to/plugins.md.
//
//   int main(int argc, char** argv) {
//     slicecast::plugin::Plugin plugin{.name = "threshold", .doc = "Labels what is bright."};
//     plugin.parameters = {slicecast::plugin::real("level", 0.1, 0, 10, "1/mm", "...")};
//     plugin.classes = {slicecast::plugin::label_class(0, "below", 0x3366CC), ...};
//     plugin.each = [](const auto& slice, const auto& parameters, auto& out) {
//       const auto level = static_cast<float>(parameters.real("level"));
//       auto labels = out.labels(slice);
//       for (std::size_t i = 0; i < slice.pixels.size(); ++i)
//         labels.pixels[i] = slice.pixels[i] > level;
//     };
//     return slicecast::plugin::run(plugin, argc, argv);
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "plugins/sdk/events.h"
#include "plugins/sdk/options.h"
#include "plugins/sdk/output.h"
#include "plugins/sdk/view.h"

namespace slicecast::plugin {

v1::LabelClass label_class(std::uint32_t index, std::string name, std::uint32_t colour_rgb);

// What a node asks of the feeds it reads; an option that the user set goes before. 0: whatever
// comes. Slices that are finer than `pixel_mm` are halved by their producer until the next halving
// would be further from it than the last, so that less travels.
struct Wish {
  double pixel_mm = 0;
  int max_side = 0;
};

// A node without state: one const function that up to `threads` threads call at the same time. It
// is made anew when a parameter changes, and the former one ends with its last call.
class Node {
 public:
  virtual ~Node() = default;
  // 1 to Plugin::batch images, of different slices where possible, the longest waiting first. May
  // throw: the exception costs the results of these images and is counted.
  virtual void process(std::span<const SliceView> slices, Output& out) const = 0;
  virtual Wish wish() const { return {}; }
};
// Refuses parameters by an error, which whoever set them sees. `former` (null at first) lends what
// is expensive to make, e.g. a network. Called by the control thread: return within a second.
using MakeNode = std::function<Result<std::shared_ptr<const Node>>(
    const config::Settings& settings, const std::shared_ptr<const Node>& former)>;

// A node with state: all calls come from one thread, one after the other. Events come before the
// images that follow them.
class StatefulNode {
 public:
  virtual ~StatefulNode() = default;
  virtual void process(std::span<const SliceView> slices, const config::Settings& settings,
                       Output& out) = 0;
  virtual void slice_event(const SliceEvent&, Output&) {}
  virtual void scan_event(const ScanEvent&, Output&) {}
};
using MakeStatefulNode =
    std::function<Result<std::unique_ptr<StatefulNode>>(const config::Settings& settings)>;

// Makers for nodes that refuse nothing: Type{settings}, Type{}.
template <class Type>
MakeNode stateless() {
  return [](const config::Settings& settings, const std::shared_ptr<const Node>&) {
    return Result<std::shared_ptr<const Node>>(std::make_shared<const Type>(settings));
  };
}
template <class Type>
MakeStatefulNode stateful() {
  return [](const config::Settings&) {
    return Result<std::unique_ptr<StatefulNode>>(std::make_unique<Type>());
  };
}

struct Plugin {
  std::string name;  // default of --name, and <producer> in the keys of what it publishes
  std::string version = "1";
  std::string doc;  // one paragraph for --help
  // Prefixes of the keys it reads: "slice/", "preview", "thumbnail", "values/denoise/", ...
  std::vector<std::string> inputs = {"slice/"};
  std::vector<config::Option> parameters;
  std::vector<v1::LabelClass> classes;  // every index that its label images can hold
  // Kinds of keys it publishes, for those who look for feeds.
  std::vector<std::string> outputs = {"labels", "values", "table", "event"};
  int batch = 1;        // most images in one call
  int usual_batch = 0;  // default of the option, for nodes that gain little by waiting; 0: batch
  int threads = 1;      // default of the option; 0: one per core
  // Refuses parameters that contradict each other; may be empty.
  std::function<Result<void>(const config::Settings&)> check;

  // The node: exactly one of these. `each` is a stateless node in one function.
  std::function<void(const SliceView&, const config::Settings&, Output&)> each;
  MakeNode make;
  MakeStatefulNode make_stateful;
};

// Everything from the command line to the exit code: 0 after a stop, 1 when the node hangs at the
// stop, 2 when it is refused (options, name taken).
int run(const Plugin& plugin, int argc, const char* const* argv);

}  // namespace slicecast::plugin
