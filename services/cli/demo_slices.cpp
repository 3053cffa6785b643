#include "services/cli/demo_slices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "common/geometry/plane.h"
#include "common/wire/pose.h"
#include "services/cli/display.h"
#include "services/cli/fetch.h"

namespace slicecast::cli {
namespace {

constexpr const char* kNames[] = {"xy", "xz", "yz", "oblique"};
constexpr double kObliqueRad = 35 * std::numbers::pi / 180;

geometry::Pose pose_named(const std::string& name, double width, double middle_z) {
  geometry::Vec3 right{width, 0, 0}, up{0, width, 0};
  if (name == "xz") up = {0, 0, width};
  if (name == "yz") right = {0, width, 0}, up = {0, 0, width};
  if (name == "oblique")
    up = geometry::Vec3{0, std::cos(kObliqueRad), std::sin(kObliqueRad)} * width;
  const geometry::Vec3 middle{0, 0, middle_z};
  return {middle - right * 0.5 - up * 0.5, right, up};
}

// Row 0 of a slice is its lowest; pictures begin at the top.
std::vector<float> upside_down(ImageView<const float> image) {
  std::vector<float> flipped;
  flipped.reserve(static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns));
  for (int r = image.rows - 1; r >= 0; --r) {
    const auto row = image.row(r);
    flipped.insert(flipped.end(), row.begin(), row.end());
  }
  return flipped;
}

// The brightest voxel along y, [z][x].
std::vector<float> maximum_projection(const FetchedImage& volume) {
  std::vector<float> brightest;
  for (int k = 0; k < volume.planes; ++k) {
    const auto plane = volume.plane(k);
    std::vector<float> line(static_cast<std::size_t>(plane.columns),
                            std::numeric_limits<float>::lowest());
    for (int r = 0; r < plane.rows; ++r)
      std::ranges::transform(line, plane.row(r), line.begin(),
                             [](float a, float b) { return std::max(a, b); });
    brightest.insert(brightest.end(), line.begin(), line.end());
  }
  return brightest;
}

Result<void> write_upright(const std::filesystem::path& path, ImageView<const float> image,
                           const std::string& provenance) {
  const auto flipped = upside_down(image);
  io::ImageOptions options;
  options.provenance = provenance;
  options.display = display_range(image);
  return io::write_image(path, ImageView<const float>(flipped.data(), image.rows, image.columns),
                         options);
}

}  // namespace

std::vector<v1::Request> demo_slices(const v1::FieldOfView& field, int size) {
  std::vector<v1::Request> requests;
  for (const std::string name : kNames) {
    const auto pose =
        pose_named(name, 2 * field.radius_mm(), (field.z_min_mm() + field.z_max_mm()) / 2);
    v1::Request& request = requests.emplace_back();
    v1::SetSlice& slice = *request.mutable_set_slice();
    slice.set_id(name);
    slice.set_name(name);
    slice.set_rows(static_cast<std::uint32_t>(size));
    slice.set_columns(static_cast<std::uint32_t>(size));
    slice.set_pinned(true);
    wire::set_pose(pose, &slice);
  }
  return requests;
}

Result<std::vector<std::filesystem::path>> write_pictures(
    const std::map<std::string, wire::FeedMessage>& pictures, const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    return Error{Errc::io, folder.string() + " cannot be made: " + failure.message() +
                               "; give --snapshot a directory that can be written"};
  std::vector<std::filesystem::path> paths;
  std::string absent;
  const auto image_named = [&](const std::string& name) -> Result<FetchedImage> {
    const auto found = pictures.find(name);
    if (found != pictures.end()) return image_of(found->second);
    absent += (absent.empty() ? "" : ", ") + name;
    return Error{Errc::not_found, name};
  };
  for (const char* name : kNames) {
    const auto image = image_named(name);
    if (!image && image.error().code == Errc::not_found) continue;
    if (!image) return image.error();
    paths.push_back(folder / (std::string(name) + ".png"));
    const std::string provenance =
        std::string("slicecast demo, slice ") + name + ", scan " + image->header.stamp().scan_id();
    if (auto ok = write_upright(paths.back(), image->plane(0), provenance); !ok) return ok.error();
  }
  const auto preview = image_named("preview");
  if (!preview && preview.error().code != Errc::not_found) return preview.error();
  if (preview) {
    const auto brightest = maximum_projection(*preview);
    paths.push_back(folder / "preview-maximum.png");
    if (auto ok = write_upright(
            paths.back(),
            ImageView<const float>(brightest.data(), preview->planes, preview->columns),
            "slicecast demo, maximum of the preview along y");
        !ok)
      return ok.error();
  }
  if (!absent.empty())
    return Error{Errc::unavailable,
                 "no picture of " + absent + " came in time; give the demo more --seconds"};
  return paths;
}

}  // namespace slicecast::cli
