#include "services/source/memory_need.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace slicecast::source {
namespace {

constexpr std::size_t kProgram = std::size_t{24} << 20;
// Gain and dark pattern of the detector, and the line integrals of one frame, all floats.
constexpr std::size_t kBytesPerDetectorPixel = 12;
// A frame, its copy on the way into the file or the socket, and the one that is made next.
constexpr std::size_t kFramesAtOnce = 3;
constexpr std::size_t kMostPooledFrames = 64;
constexpr std::size_t kMostPooledBytes = std::size_t{16} << 20;

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

std::size_t pooled_bytes(std::size_t frame_bytes) {
  return std::max(std::min(kMostPooledFrames * frame_bytes, kMostPooledBytes), 2 * frame_bytes);
}

std::size_t memory_need(const config::Settings& settings, const geometry::ScanGeometry& g,
                        std::size_t frame_bytes, std::size_t prepared) {
  const std::size_t pixels = static_cast<std::size_t>(g.rows) * static_cast<std::size_t>(g.columns);
  const bool turned = g.transpose || g.flip_u || g.flip_v;
  const bool simulated = settings.text("file").empty();
  std::size_t needed = kProgram + frame_bytes * (kFramesAtOnce + prepared);
  if (simulated) needed += pixels * (kBytesPerDetectorPixel + (turned ? sizeof(float) : 0));
  if (!settings.text("write").empty()) return needed;
  const auto ring = static_cast<std::size_t>(settings.integer("ring")) << 20;
  return needed + pooled_bytes(frame_bytes) + std::max(frame_bytes, ring);
}

Result<void> check_memory(const config::Settings& settings, const geometry::ScanGeometry& g) {
  const std::size_t frame_bytes = static_cast<std::size_t>(g.rows) *
                                  static_cast<std::size_t>(g.columns) *
                                  (settings.boolean("already_linear") ? 4 : 2);
  const auto needed = static_cast<double>(memory_need(
      settings, g, frame_bytes, static_cast<std::size_t>(settings.integer("pre_render"))));
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
