// slicecast reconstruct FILE.h5 [--axis COL|auto] [--slice POSE | --volume] [--size N] --out X
#include <tbb/global_control.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include "common/config/program.h"
#include "common/io/image_file.h"
#include "common/offline/offline_axis.h"
#include "common/service/service.h"
#include "services/cli/display.h"
#include "services/cli/reconstruct_options.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kReconstructCommand = "slicecast reconstruct";
// Planes computed between two writes: bounds the memory of a volume.
constexpr std::size_t kSlabVoxels = std::size_t{32} << 20U;
constexpr double kMostPlanes = 65535;

const char* length_unit(const geometry::ScanGeometry& g) {
  return g.pixel_size_known ? "mm" : "px";
}

Result<void> resolve_axis(const ReconstructRequest& request, offline::ScanFrames& frames) {
  auto& g = frames.geometry;
  if (request.axis_column) {
    g.axis_column = request.axis_column;
    return geometry::validate(g);
  }
  const bool known = !g.vectors.empty() || (frames.geometry_stored && g.axis_column);
  if (!request.search_axis && known) return {};
  const auto offer = offline::find_axis(frames, request.stages);
  if (!offer && offer.error().message.find("--a") != std::string::npos) return offer.error();
  if (!offer) return Error{offer.error().code, offer.error().message + " (or give --axis COL)"};
  g.axis_column = offer->column;
  std::printf("axis: column %.3f +- %.3f (%s, score %.4g)\n", offer->column, offer->uncertainty_px,
              recon::to_string(offer->method), offer->score);
  return geometry::validate(g);
}

std::string provenance(const offline::FilteredScan& scan, const std::string& what) {
  char axis[64];
  std::snprintf(axis, sizeof axis, "%.4f", geometry::axis_column(scan.desc.geometry));
  return std::string(kReconstructCommand) + " " + what + ", axis " + axis + ", " +
         std::to_string(scan.terms.size()) + " projections, unit 1/" +
         length_unit(scan.desc.geometry);
}

void print_counts(const offline::FilteredScan& scan) {
  const auto line = [](std::uint64_t count, const char* what) {
    if (count > 0) std::printf("%llu %s\n", static_cast<unsigned long long>(count), what);
  };
  line(scan.counts.clamped, "pixels clamped before the logarithm");
  line(scan.counts.zingers, "zingers replaced");
  line(scan.counts.interpolated, "bad pixels interpolated");
  line(scan.clipped, "values beyond half precision; use --store float");
  if (scan.counts.edge_tapered)
    std::puts("the sample is wider than the beam: absolute values are uncertain");
  if (scan.window.incomplete) std::puts("the angles do not cover half a turn: expect streaks");
  line(static_cast<std::uint64_t>(scan.window.wide_gaps), "gaps of more than three angular steps");
}

Result<void> write_slice(const ReconstructRequest& request, const offline::ScanFrames& frames,
                         offline::FilteredScan& scan) {
  double width = request.pixel_mm * request.size;
  if (width == 0) width = 2 * scan.field.radius_mm;
  const auto pose = geometry::parse_pose(request.pose, width);
  if (!pose) return pose.error();
  const auto grid = geometry::grid_of(*pose, request.size, request.size);
  std::vector<float> pixels(static_cast<std::size_t>(request.size) *
                            static_cast<std::size_t>(request.size));
  if (auto done = offline::reconstruct(frames, request.stages, scan, grid, pixels.data()); !done)
    return done;
  if (std::ranges::all_of(pixels, [](float value) { return value == 0; }))
    std::printf(
        "the slice is empty: the field of view is %.6g %s in radius, heights %.6g to %.6g\n",
        scan.field.radius_mm, length_unit(scan.desc.geometry), scan.field.z_min_mm,
        scan.field.z_max_mm);
  const ImageView<const float> image(pixels.data(), request.size, request.size);
  io::ImageOptions options;
  options.provenance = provenance(scan, request.pose);
  options.display = display_range(image);
  if (auto written = io::write_image(request.out, image, options); !written) return written;
  std::printf("%s: %d x %d, pixel %.6g %s, %zu projections\n", request.out.c_str(), request.size,
              request.size, geometry::norm(pose->axis1) / request.size,
              length_unit(scan.desc.geometry), scan.terms.size());
  return {};
}

Result<void> write_volume(const ReconstructRequest& request, const offline::ScanFrames& frames,
                          offline::FilteredScan& scan) {
  const auto& field = scan.field;
  if (field.z_min_mm > field.z_max_mm)
    return Error{Errc::invalid_argument,
                 "no height is seen by every projection; take --slice instead of --volume"};
  const double voxel = request.pixel_mm > 0 ? request.pixel_mm : 2 * field.radius_mm / request.size;
  // Both ends of the heights are centres of detector rows.
  const double heights = 1 + std::floor((field.z_max_mm - field.z_min_mm) / voxel + 1e-6);
  if (heights > kMostPlanes) {
    char count[32];
    std::snprintf(count, sizeof count, "%.4g", heights);
    return Error{Errc::invalid_argument, "--pixel makes " + std::string(count) +
                                             " planes; at most 65535 are written: enlarge it"};
  }
  const int planes = static_cast<int>(heights);
  const geometry::Vec3 centre{0, 0, (field.z_min_mm + field.z_max_mm) / 2};
  const auto grid = geometry::volume_grid(request.size, request.size, planes, voxel, centre);
  io::ImageOptions options;
  options.provenance = provenance(scan, "volume");
  auto writer = io::VolumeWriter::create(request.out, planes, grid.rows, grid.columns,
                                         PixelType::f32, options);
  if (!writer) return writer.error();
  const auto plane_size = static_cast<std::size_t>(request.size) * request.size;
  const int slab = static_cast<int>(std::clamp<std::size_t>(kSlabVoxels / plane_size, 1, 4096));
  std::vector<float> voxels(plane_size * static_cast<std::size_t>(std::min(slab, planes)));
  const bool progress = isatty(STDERR_FILENO) != 0;
  for (int first = 0; first < planes; first += slab) {
    if (progress) std::fprintf(stderr, "\r%3.0f %% of %d planes", 100.0 * first / planes, planes);
    const int count = std::min(slab, planes - first);
    const auto of_slab = geometry::slab_of(grid, first, count);
    if (auto done = offline::reconstruct(frames, request.stages, scan, of_slab, voxels.data());
        !done)
      return done;
    for (int k = 0; k < count; ++k) {
      const std::span<const float> plane(voxels.data() + plane_size * static_cast<std::size_t>(k),
                                         plane_size);
      if (auto written = writer->append(std::as_bytes(plane)); !written) return written;
    }
  }
  if (progress) std::fprintf(stderr, "\r100 %% of %d planes\n", planes);
  if (auto finished = writer->finish(); !finished) return finished;
  std::printf("%s: %d x %d x %d (z, y, x), voxel %.6g %s, %zu projections\n", request.out.c_str(),
              planes, request.size, request.size, voxel, length_unit(scan.desc.geometry),
              scan.terms.size());
  return {};
}

Result<void> run(const config::Settings& settings, ReconstructRequest request,
                 const std::string& path) {
  std::optional<tbb::global_control> threads;
  if (const auto count = settings.integer("threads"); count > 0)
    threads.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(count));
  const auto file = io::ScanFile::open(path);
  if (!file) return file.error();
  for (const auto& note : file->description().notes) std::printf("note: %s\n", note.c_str());
  auto frames = offline::frames_of(*file, settings.real("angle_step") * M_PI / 180);
  if (!frames) return frames.error();
  if (auto valid = override_geometry(settings, *frames); !valid) return valid;
  if (auto axis = resolve_axis(request, *frames); !axis) return axis;
  request.stages.tell = [](const recon::FallbackBackend::Notice& notice) {
    if (notice.fallback) std::fprintf(stderr, "%s: %s\n", kReconstructCommand, notice.line.c_str());
  };
  auto scan = offline::filter_scan(*frames, request.stages);
  if (!scan) return scan.error();
  print_counts(*scan);
  return request.volume ? write_volume(request, *frames, *scan)
                        : write_slice(request, *frames, *scan);
}

}  // namespace

int run_reconstruct(int argc, const char* const* argv) {
  const auto parsed = config::parse_command(
      {kReconstructCommand,
       "Reconstructs a recorded scan (Data Exchange or NeXus NXtomo) without any service: the same "
       "stages in one process, with the same result every time.",
       {{"FILE", "HDF5 file of the scan"}}},
      reconstruct_options(), argc, argv);
  if (!parsed) return usage_error(kReconstructCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const auto request = request_of(parsed->settings);
  if (!request) return usage_error(kReconstructCommand, request.error());
  if (auto ok = run(parsed->settings, *request, parsed->arguments.front()); !ok)
    return service::fail(kReconstructCommand, ok.error());
  return 0;
}

}  // namespace slicecast::cli
