#include "plugins/sdk/options.h"

#include <limits>
#include <utility>

#include "common/config/make_option.h"
#include "common/config/program.h"
#include "plugins/sdk/plugin.h"

namespace slicecast::plugin {

using config::Option;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

Option real(std::string name, double value, double minimum, double maximum, std::string unit,
            std::string doc) {
  return live(
      config::real(std::move(name), value, std::move(unit), minimum, maximum, std::move(doc)));
}

Option integer(std::string name, std::int64_t value, double minimum, double maximum,
               std::string unit, std::string doc) {
  return live(
      config::whole(std::move(name), value, std::move(unit), minimum, maximum, std::move(doc)));
}

Option boolean(std::string name, bool value, std::string doc) {
  return live(config::flag(std::move(name), value, std::move(doc)));
}

Option choice(std::string name, std::string value, std::vector<std::string> choices,
              std::string doc) {
  return live(
      config::choice(std::move(name), std::move(value), std::move(choices), std::move(doc)));
}

Option text(std::string name, std::string value, std::string doc) {
  return live(config::text(std::move(name), std::move(value), std::move(doc)));
}

Option reals(std::string name, std::vector<double> values, std::string unit, std::string doc) {
  Option option = live(config::reals(std::move(name), std::move(unit), -kNoLimit, std::move(doc)));
  option.default_value = std::move(values);
  return option;
}

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<Option> identity(const Plugin& plugin) {
  return {
      config::text("name", plugin.name,
                   "Name of this plugin at the hub and in the keys of its feed; one process per "
                   "name"),
      config::text(
          "command", "",
          "Program and arguments, for `slicecast up`; --config FILE --name NAME are added"),
      config::whole("nice", 5, "", 0, 19,
                    "How much lower than the services' the priority is that `slicecast up` gives "
                    "it"),
      config::whole("threads", plugin.make_stateful ? 1 : plugin.threads, "", 0,
                    plugin.make_stateful ? 1 : 1024,
                    "Threads that call the node; 0: one per core. A node with state has one"),
      config::whole("feed_port", 0, "", 0, 65535,
                    "Port of its feed; 0: the system chooses and the hub tells"),
  };
}

std::vector<Option> reading(const Plugin& plugin) {
  return {
      config::text("input", joined(plugin.inputs),
                   "Prefixes of the keys it reads, separated by blanks, e.g. \"slice/\", "
                   "\"preview\", \"thumbnail\" or \"values/denoise/\""),
      config::text("source", "",
                   "Names of the services it reads from, separated by blanks; empty: all at the "
                   "hub"),
      boolean("enabled", true, "Off: reads nothing and takes back what it has published"),
      integer("batch", plugin.usual_batch > 0 ? plugin.usual_batch : plugin.batch, 1, plugin.batch,
              "", "Most images that one call of the node gets"),
      real("max_rate", 0, 0, 1000, "Hz", "Most images per second of each key; 0: as many as come"),
      integer("max_side", 0, 0, 65536, "pixels",
              "Larger images are halved by their producer until they fit; 0: as the plugin asks"),
      real("pixel_size", 0, 0, 1e6, "mm",
           "Finer slices are halved by their producer until about this size; 0: as the plugin "
           "asks"),
      choice("encoding", "native", {"native", "16 bit", "8 bit"},
             "How pixels travel to it over a thin link"),
      integer("deadline_ms", 10000, 10, 3600000, "ms",
              "A call of the node that takes longer counts as hanging: /healthz says so and "
              "`slicecast up` restarts the plugin"),
      config::whole("max_message", 256, "MiB", 1, 4096,
                    "Larger images are refused before any memory is taken for them"),
  };
}

}  // namespace

std::vector<Option> options_of(const Plugin& plugin) {
  std::vector<Option> all = identity(plugin);
  for (auto& option : reading(plugin)) all.push_back(std::move(option));
  all.insert(all.end(), plugin.parameters.begin(), plugin.parameters.end());
  return all;
}

}  // namespace slicecast::plugin
