#include "services/projection/options.h"

#include <vector>

#include "common/compute/compute.h"
#include "common/config/make_option.h"
#include "common/config/program.h"
#include "common/offline/pixel_options.h"

namespace slicecast::projection {
namespace {

using config::choice;
using config::flag;
using config::Option;
using config::real;
using config::text;
using config::whole;

std::vector<Option> link_options() {
  const config::FixedPorts ports = config::fixed_ports("projection");
  return {
      text("source", "source",
           "Where raw frames come from: a service at the hub, or an address of a native raw link"),
      text("recastx", "",
           "Address of a sender of the recastx dialect, e.g. tcp://127.0.0.1:9667; then `source` "
           "is not used"),
      flag("recastx_subscribe", false, "The recastx sender binds PUB rather than PUSH"),
      whole("bulk_port", ports.bulk, "", 0, 65535, "Port of the link of filtered projections"),
      whole("feed_port", ports.feed, "", 0, 65535, "Port of thumbnails and telemetry"),
      whole("receive_window", 4, "frames", 1, 1024, "Raw frames on their way at once"),
      choice("store", "half", {"half", "float"},
             "Precision in which filtered projections are kept and sent"),
      whole("memory", 1024, "MiB", 32, 1 << 24, "Memory of this process"),
      whole(
          "raw_memory", 0, "MiB", 0, 1 << 24,
          "Raw frames kept for filtering again; 0: two fifths of what `memory` leaves for pixels"),
      whole("filtered_memory", 0, "MiB", 0, 1 << 24,
            "Filtered projections kept for consumers; 0: two fifths of what `memory` leaves for "
            "pixels"),
      whole("input_queue", 64, "frames", 2, 65536, "Raw frames that may wait to be filtered"),
      whole("reorder_window", 0, "frames", 0, 1 << 24,
            "Newer projections after which an absent one is missing; 0: one group"),
  };
}

std::vector<Option> recastx_options() {
  constexpr double kLargest = 1e9;
  return {
      whole("recastx_angles", 0, "frames", 0, 1 << 24,
            "recastx: projections of one scan; 0: one endless scan"),
      choice("recastx_beam", "parallel", {"parallel", "cone"}, "recastx: shape of the beam"),
      real("recastx_pixel_mm", 0, "mm", 0, kLargest, "recastx: detector pixel; 0: unknown"),
      real("recastx_source_axis_mm", 0, "mm", 0, kLargest, "recastx: source to axis, cone"),
      real("recastx_source_detector_mm", 0, "mm", 0, kLargest, "recastx: source to detector, cone"),
      real("recastx_angle_start", 0, "deg", -kLargest, kLargest, "recastx: angle of frame 0"),
      real("recastx_angle_step", 0, "deg", -360, 360,
           "recastx: angle between frames; 0: one window's arc over group_size"),
      choice("recastx_rotation_sense", "1", {"1", "-1"},
             "recastx: 1: source and detector turn counter-clockwise seen from above; -1: "
             "clockwise"),
      flag("recastx_transpose", false, "recastx: frames come transposed"),
      flag("recastx_flip_u", false, "recastx: columns come mirrored"),
      flag("recastx_flip_v", false, "recastx: rows come upside down"),
  };
}

std::vector<Option> window_options() {
  std::vector<Option> options{
      choice("window_mode", "scan", {"scan", "continuous", "alternating", "last_n"},
             "How the window of projections moves; scan: as the scan announces"),
      choice("coverage", "scan",
             {"scan", "auto", "half_turn", "full_turn", "short_scan", "offset_axis"},
             "Which angles one window covers"),
      whole("group_size", 0, "frames", 0, 1 << 20,
            "Nominal projections per window; 0: as the scan announces"),
      real("axis_column", kAxisFromScan, "px", -1, 65535,
           "Column onto which the rotation axis projects; -1: as the scan announces"),
      real("tilt", 0, "deg", -90, 90, "Laminography tilt, added to the scan's"),
      real("roll", 0, "deg", -90, 90, "Detector rotation about the beam, added to the scan's"),
      real("pitch", 0, "deg", -90, 90, "Detector rotation about its rows, added to the scan's"),
      flag("axis_search", true, "Estimate the rotation axis in the background"),
      flag("axis_follow", false, "Apply a better axis by itself"),
  };
  for (auto& option : options) option.live = true;
  return options;
}

}  // namespace

std::span<const config::Option> projection_options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> options;
    for (auto&& part : {link_options(), compute::options(), recastx_options(), window_options(),
                        offline::pixel_options(offline::PixelOptionsOf::stream)})
      options.insert(options.end(), part.begin(), part.end());
    return options;
  }();
  return all;
}

}  // namespace slicecast::projection
