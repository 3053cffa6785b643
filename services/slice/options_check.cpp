#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "common/compute/compute.h"
#include "common/geometry/plane.h"
#include "common/wire/address.h"
#include "services/slice/options.h"

namespace slicecast::slice {
namespace {

Result<void> check_slices(const config::Settings& settings, std::size_t count) {
  for (const std::string& text : initial_poses(settings)) {
    // A width of 1 is as good as any to see whether the words are understood.
    const auto pose = geometry::parse_pose(text, 1);
    if (!pose) return Error{pose.error().code, "option slices: " + pose.error().message};
  }
  const auto edge = settings.integer("slice_size"), pixels = settings.integer("max_pixels");
  if (count > 0 && edge * edge > pixels)
    return Error{
        Errc::invalid_argument,
        fmt::format("slice_size {} makes {} pixels, more than max_pixels {}; lower the one "
                    "or raise the other",
                    edge, edge * edge, pixels)};
  const auto most = settings.integer("max_slices_per_client");
  if (count > static_cast<std::size_t>(most))
    return Error{Errc::invalid_argument,
                 fmt::format("option slices names {} slices, more than max_slices_per_client {}; "
                             "name fewer or raise it",
                             count, most)};
  return {};
}

// Sum, image, and the image that the feed still holds, of every slice and of the preview.
Result<void> check_memory(const config::Settings& settings, std::size_t count) {
  const auto cubed = [](double edge) { return edge * edge * edge; };
  const auto edge = static_cast<double>(settings.integer("slice_size"));
  const double points = cubed(static_cast<double>(settings.integer("preview_size"))) +
                        static_cast<double>(count) * edge * edge;
  const double needed = 3 * sizeof(float) * points / 0x1p20;
  const auto memory = settings.integer("memory");
  if (needed <= static_cast<double>(memory) / 2) return {};
  return Error{
      Errc::invalid_argument,
      fmt::format("the preview and the slices take {:.0f} MiB, more than half of memory {} "
                  "MiB; set memory to {:.0f} or more, or lower preview_size or slice_size",
                  needed, memory, 2 * needed + 1)};
}

}  // namespace

std::vector<std::string> initial_poses(const config::Settings& settings) {
  std::istringstream list(settings.text("slices"));
  std::vector<std::string> poses;
  for (std::string pose; list >> pose;) poses.push_back(pose);
  return poses;
}

Result<void> check(const config::Settings& settings) {
  const std::size_t count = initial_poses(settings).size();
  if (auto request = compute::request_of(settings); !request) return request.error();
  if (auto checked = wire::check_peer("projections", settings.text("projections"), "projection");
      !checked)
    return checked;
  if (auto checked = check_slices(settings, count); !checked) return checked;
  return check_memory(settings, count);
}

}  // namespace slicecast::slice
