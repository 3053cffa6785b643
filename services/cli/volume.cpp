// slicecast volume --out X.{npy,tif} [--size N] [--planes N] [--voxel mm]
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "common/io/image_file.h"
#include "services/cli/fetch_command.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kName = "slicecast volume";
// A slab is one message of the feed: large enough to amortise the request, small next to the memory
// of both ends and to the server's limit of pixels per request.
constexpr std::int64_t kSentSlabVoxels = std::int64_t{4} << 20;

std::vector<config::Option> volume_options() {
  using config::Type;
  return with_fetch(
      {
          {.name = "out", .default_value = "", .doc = "File to write: .npy or .tif"},
          {.name = "size",
           .type = Type::integer,
           .default_value = 256,
           .unit = "voxels",
           .doc = "Edge in x and y",
           .minimum = 1,
           .maximum = 16384},
          {.name = "planes",
           .type = Type::integer,
           .default_value = 0,
           .unit = "voxels",
           .doc = "Edge in z; 0: what the detector sees",
           .minimum = 0,
           .maximum = 65536},
          {.name = "voxel",
           .type = Type::real,
           .default_value = 0.0,
           .unit = "mm",
           .doc = "Edge of a voxel; 0: what fills the field of view",
           .minimum = 0},
      },
      60, "How long to wait for each slab");
}

Result<void> check_volume(const config::Settings& settings) {
  if (settings.text("out").empty())
    return Error{Errc::invalid_argument, "--out is missing; e.g. --out volume.npy"};
  return io::check_image_path(settings.text("out"), true);
}

struct Plan {
  geometry::PointGrid grid;
  double voxel_mm = 0;
};

Plan plan_of(const config::Settings& settings, const v1::FieldOfView& field) {
  const int size = static_cast<int>(settings.integer("size"));
  const double voxel =
      settings.real("voxel") > 0 ? settings.real("voxel") : 2 * field.radius_mm() / size;
  int planes = static_cast<int>(settings.integer("planes"));
  const double height = field.z_max_mm() - field.z_min_mm();
  if (planes == 0) planes = static_cast<int>(std::clamp(std::round(height / voxel), 1.0, 65536.0));
  const geometry::Vec3 centre{0, 0, (field.z_min_mm() + field.z_max_mm()) / 2};
  return {geometry::volume_grid(size, size, planes, voxel, centre), voxel};
}

// The grid's first plane as the slice that has its points as pixel centres.
geometry::Pose pose_of(const geometry::PointGrid& grid) {
  return {grid.origin - grid.step_column * 0.5 - grid.step_row * 0.5,
          grid.step_column * grid.columns, grid.step_row * grid.rows};
}

struct Consistency {
  std::uint64_t oldest = 0, newest = 0;  // newest projection of the slabs
  std::string marks;
  void see(const v1::SliceImage& header) {
    const auto projection = header.stamp().newest_projection();
    oldest = newest == 0 ? projection : std::min(oldest, projection);
    newest = std::max(newest, projection);
    if (marks.empty()) marks = marks_text(header);
  }
};

Result<void> save_volume(const config::Settings& settings) {
  const auto fetching = connect_fetcher(settings);
  if (!fetching) return fetching.error();
  SliceFetcher& fetcher = *fetching->fetcher;
  const auto wait = fetching->wait;
  const auto field = fetcher.field_of_view(wait);
  if (!field) return field.error();
  const Plan plan = plan_of(settings, *field);
  const auto& grid = plan.grid;

  io::ImageOptions options;
  options.provenance =
      "slicecast volume, voxel " + std::to_string(plan.voxel_mm) + " " + fetcher.length_unit();
  auto writer = io::VolumeWriter::create(settings.text("out"), grid.planes, grid.rows, grid.columns,
                                         PixelType::f32, options);
  if (!writer) return writer.error();
  const auto plane_voxels = std::int64_t{grid.rows} * grid.columns;
  const int slab_planes =
      static_cast<int>(std::max<std::int64_t>(1, kSentSlabVoxels / plane_voxels));
  Consistency consistency;
  for (int first = 0; first < grid.planes; first += slab_planes) {
    const auto slab = geometry::slab_of(grid, first, std::min(slab_planes, grid.planes - first));
    const auto image =
        fetcher.fetch(pose_of(slab), slab.rows, slab.columns, slab.planes, slab.step_plane, wait);
    if (!image) return image.error();
    consistency.see(image->header);
    for (int k = 0; k < slab.planes; ++k) {
      const auto view = image->plane(k);
      const std::span<const float> voxels(view.pixels, static_cast<std::size_t>(plane_voxels));
      if (auto ok = writer->append(std::as_bytes(voxels)); !ok) return ok;
    }
  }
  if (auto ok = writer->finish(); !ok) return ok;
  std::printf("%s: %d x %d x %d (z, y, x), voxel %.6g %s%s%s%s\n", settings.text("out").c_str(),
              grid.planes, grid.rows, grid.columns, plan.voxel_mm, fetcher.length_unit(),
              consistency.marks.empty() ? "" : " (", consistency.marks.c_str(),
              consistency.marks.empty() ? "" : ")");
  if (consistency.oldest != consistency.newest)
    std::printf("the scan went on meanwhile: the slabs end at projections %llu to %llu\n",
                static_cast<unsigned long long>(consistency.oldest),
                static_cast<unsigned long long>(consistency.newest));
  return {};
}

}  // namespace

int run_volume(int argc, const char* const* argv) {
  return run_fetch(
      {kName, "Fetches a whole reconstructed volume in slabs from a running slice server.", {}},
      volume_options(), check_volume, save_volume, argc, argv);
}

}  // namespace slicecast::cli
