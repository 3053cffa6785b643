#include "services/source/memory_need.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace slicecast::source {
namespace {

// Gain and dark pattern of the detector, and the line integrals of one frame, all floats.
constexpr double kBytesPerDetectorPixel = 12;
// A frame, its copy on the way into the file or the socket, and the one that is made next.
constexpr double kFramesAtOnce = 3;

double free_bytes() {
  double free = std::numeric_limits<double>::infinity();
  std::ifstream meminfo("/proc/meminfo");
  for (std::string name, unit; meminfo >> name; std::getline(meminfo, unit)) {
    double kibibytes = 0;
    if (name == "MemAvailable:" && meminfo >> kibibytes) free = 1024 * kibibytes;
  }
  double limit = 0;  // "max" where there is none
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit) free = std::min(free, limit);
  return free;
}

}  // namespace

Result<void> check_memory(const config::Settings& settings, const geometry::ScanGeometry& g) {
  const double pixels = static_cast<double>(g.rows) * static_cast<double>(g.columns);
  const double frame = pixels * (settings.boolean("already_linear") ? 4 : 2);
  const bool turned = g.transpose || g.flip_u || g.flip_v;
  double needed = pixels * (kBytesPerDetectorPixel + (turned ? 4 : 0)) +
                  frame * (kFramesAtOnce + static_cast<double>(settings.integer("pre_render")));
  if (settings.text("write").empty())
    needed += std::max(frame, 0x1p20 * static_cast<double>(settings.integer("ring")));
  const double free = free_bytes();
  if (needed <= free) return {};
  return Error{
      Errc::resource_exhausted,
      fmt::format("a simulated scan of {} x {} pixels needs {:.1f} GiB of memory and {:.1f} "
                  "GiB are free; lower rows and columns{}",
                  g.rows, g.columns, needed / 0x1p30, free / 0x1p30,
                  settings.integer("pre_render") > 0 ? ", or pre_render" : "")};
}

}  // namespace slicecast::source
