#include "services/slice/options.h"

#include "common/compute/compute.h"
#include "common/config/program.h"

namespace slicecast::slice {

using config::Option;
using config::Type;

namespace {

std::vector<Option> own_options() {
  return {
      {.name = "feed_port",
       .type = Type::integer,
       .default_value = std::int64_t{config::fixed_ports("slice").feed},
       .doc = "Port of the feed of slices and previews; 0: the system chooses and the hub tells",
       .minimum = 0,
       .maximum = 65535},
      {.name = "projections",
       .default_value = std::string("projection"),
       .doc = "Name of the projection server at the hub, or the address of its bulk link"},
      {.name = "store",
       .type = Type::choice,
       .default_value = std::string("half"),
       .doc = "How filtered projections are kept",
       .choices = {"half", "float"}},
      {.name = "memory",
       .type = Type::integer,
       .default_value = std::int64_t{4096},
       .unit = "MiB",
       .doc = "Budget of this process: what slices and previews do not need holds projections",
       .minimum = 128,
       .maximum = 1 << 24},
      {.name = "refresh_hz",
       .type = Type::real,
       .default_value = 30.0,
       .unit = "Hz",
       .doc = "Highest rate at which one slice refreshes by itself",
       .minimum = 0.1,
       .maximum = 1000,
       .live = true},
      {.name = "preview_size",
       .type = Type::integer,
       .default_value = std::int64_t{128},
       .unit = "voxels",
       .doc = "Edge of the preview volume; 0: no preview",
       .minimum = 0,
       .maximum = 1024,
       .live = true},
      {.name = "preview_hz",
       .type = Type::real,
       .default_value = 4.0,
       .unit = "Hz",
       .doc = "Highest rate at which the preview refreshes",
       .minimum = 0.01,
       .maximum = 100,
       .live = true},
      {.name = "rebuild_interval",
       .type = Type::real,
       .default_value = 20.0,
       .unit = "s",
       .doc = "How often a slice that is refreshed by difference is summed afresh at the side; 0: "
              "never",
       .minimum = 0,
       .maximum = 86400,
       .live = true},
      {.name = "slices",
       .default_value = std::string(),
       .doc = "Pinned slices that are there from the first scan on, e.g. \"xy@0 xz@0 yz@0\""},
      {.name = "slice_size",
       .type = Type::integer,
       .default_value = std::int64_t{512},
       .unit = "pixels",
       .doc = "Edge of the slices of the option `slices`",
       .minimum = 1,
       .maximum = 16384},
      {.name = "max_slices_per_client",
       .type = Type::integer,
       .default_value = std::int64_t{16},
       .doc = "Slices that one client may own",
       .minimum = 1,
       .maximum = 1024},
      {.name = "max_pixels",
       .type = Type::integer,
       .default_value = std::int64_t{1} << 24,
       .unit = "pixels",
       .doc = "Largest slice, and largest slab of planes of a volume on request",
       .minimum = 1,
       .maximum = 1 << 30},
  };
}

}  // namespace

std::span<const Option> options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> options = own_options();
    const std::vector<Option> computing = compute::options();
    options.insert(options.end(), computing.begin(), computing.end());
    return options;
  }();
  return all;
}

}  // namespace slicecast::slice
