#include "plugins/sdk/options.h"

#include <utility>

#include "common/config/program.h"
#include "plugins/sdk/plugin.h"

namespace slicecast::plugin {

using config::Option;
using config::Type;

Option real(std::string name, double value, double minimum, double maximum, std::string unit,
            std::string doc) {
  return {.name = std::move(name),
          .type = Type::real,
          .default_value = value,
          .unit = std::move(unit),
          .doc = std::move(doc),
          .minimum = minimum,
          .maximum = maximum,
          .live = true};
}

Option integer(std::string name, std::int64_t value, double minimum, double maximum,
               std::string unit, std::string doc) {
  return {.name = std::move(name),
          .type = Type::integer,
          .default_value = value,
          .unit = std::move(unit),
          .doc = std::move(doc),
          .minimum = minimum,
          .maximum = maximum,
          .live = true};
}

Option boolean(std::string name, bool value, std::string doc) {
  return {.name = std::move(name),
          .type = Type::boolean,
          .default_value = value,
          .doc = std::move(doc),
          .live = true};
}

Option choice(std::string name, std::string value, std::vector<std::string> choices,
              std::string doc) {
  return {.name = std::move(name),
          .type = Type::choice,
          .default_value = std::move(value),
          .doc = std::move(doc),
          .choices = std::move(choices),
          .live = true};
}

Option text(std::string name, std::string value, std::string doc) {
  return {.name = std::move(name),
          .type = Type::text,
          .default_value = std::move(value),
          .doc = std::move(doc),
          .live = true};
}

Option reals(std::string name, std::vector<double> values, std::string unit, std::string doc) {
  return {.name = std::move(name),
          .type = Type::reals,
          .default_value = std::move(values),
          .unit = std::move(unit),
          .doc = std::move(doc),
          .live = true};
}

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<Option> identity(const Plugin& plugin) {
  return {
      {.name = "name",
       .default_value = plugin.name,
       .doc = "Name of this plugin at the hub and in the keys of its feed; one process per name"},
      {.name = "command",
       .default_value = "",
       .doc = "Program and arguments, for `slicecast up`; --config FILE --name NAME are added"},
      {.name = "nice",
       .type = Type::integer,
       .default_value = 5,
       .doc = "How much lower than the services' the priority is that `slicecast up` gives it",
       .minimum = 0,
       .maximum = 19},
      {.name = "threads",
       .type = Type::integer,
       .default_value = plugin.make_stateful ? 1 : plugin.threads,
       .doc = "Threads that call the node; 0: one per core. A node with state has one",
       .minimum = 0,
       .maximum = plugin.make_stateful ? 1.0 : 1024.0},
      {.name = "feed_port",
       .type = Type::integer,
       .default_value = 0,
       .doc = "Port of its feed; 0: the system chooses and the hub tells",
       .minimum = 0,
       .maximum = 65535},
  };
}

std::vector<Option> reading(const Plugin& plugin) {
  return {
      {.name = "input",
       .default_value = joined(plugin.inputs),
       .doc = "Prefixes of the keys it reads, separated by blanks, e.g. \"slice/\", \"preview\", "
              "\"thumbnail\" or \"values/denoise/\""},
      {.name = "source",
       .default_value = "",
       .doc = "Names of the services it reads from, separated by blanks; empty: all at the hub"},
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
      {.name = "max_message",
       .type = Type::integer,
       .default_value = 256,
       .unit = "MiB",
       .doc = "Larger images are refused before any memory is taken for them",
       .minimum = 1,
       .maximum = 4096},
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
