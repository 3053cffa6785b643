#include "services/cli/reconstruct_options.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "common/compute/compute.h"
#include "common/config/make_option.h"
#include "common/geometry/plane.h"
#include "common/io/image_file.h"
#include "common/io/vector_file.h"
#include "common/offline/bad_pixel_mask.h"
#include "common/offline/pixel_options.h"

namespace slicecast::cli {
namespace {

using config::choice;
using config::flag;
using config::Option;
using config::real;
using config::text;
using config::whole;
constexpr double kDegree = std::numbers::pi / 180;
constexpr double kLargest = 1e9;
constexpr double kLeastPixelMm = 1e-9;
constexpr double kPrincipalOfFile = -1;

std::vector<Option> output_options() {
  return {
      text("out", "", "File to write: .npy, .tif or .png (a slice)"),
      text("slice", "xy@0", "xy@Z, xz@Y or yz@X in mm, or nine numbers base,axis1,axis2"),
      whole("size", 512, "pixels", 1, 32768,
            "Rows and columns of the slice, or edge of the volume"),
      real("pixel", 0, "mm", 0, kLargest,
           "Pixel of a named pose, or voxel of the volume; 0: what fills the field of view"),
      flag("volume", false, "Write the whole volume instead of a slice"),
      text("axis", "",
           "Column of the rotation axis, or auto; without it: as the file says, else auto"),
      choice("store", "half", {"half", "float"}, "Precision of the filtered projections"),
      whole("threads", 0, "", 0, 1024, "Threads; 0: all"),
      whole("memory", 0, "MiB", 0, 1 << 24,
            "Most memory for filtered projections; 0: three quarters of the machine's"),
  };
}

std::vector<Option> scan_options() {
  return {
      choice("coverage", "auto", {"auto", "half_turn", "full_turn", "short_scan", "offset_axis"},
             "Which angles the reconstruction covers"),
      choice("window", "all", {"all", "newest"},
             "Projections used: all, or the newest that cover it once, as at the end of a stream"),
      choice("window_mode", "file", {"file", "continuous", "alternating", "last_n"},
             "With window newest: how it moves on; file: as recorded, else continuous"),
      whole("group_size", 0, "projections", 0, 1 << 20,
            "With window newest: projections of a group or of last_n; 0: as recorded"),
      choice("beam", "file", {"file", "parallel", "cone"}, "Shape of the beam"),
      real("detector_pixel_mm", 0, "mm", 0, kLargest, "Detector pixel; 0: as the file says"),
      real("source_axis_mm", 0, "mm", 0, kLargest, "Source to axis, cone; 0: as the file says"),
      real("source_detector_mm", 0, "mm", 0, kLargest,
           "Source to detector, cone; 0: as the file says"),
      real("principal_column", kPrincipalOfFile, "px", -65535, 131070,
           "Column of the perpendicular from the source, cone; -1: as the file says"),
      real("principal_row", kPrincipalOfFile, "px", -65535, 131070,
           "Row of the same point; -1: as the file says"),
      text("vectors", "",
           "File of measured vectors, 12 numbers in mm for each projection: .npy, FILE.h5:/PATH or "
           "text; they say all of the geometry but the beam"),
      real("tilt", 0, "deg", -90, 90, "Laminography tilt, added to the file's"),
      real("roll", 0, "deg", -90, 90, "Detector rotation about the beam, added to the file's"),
      real("pitch", 0, "deg", -90, 90, "Detector rotation about its rows, added to the file's"),
      choice("rotation_sense", "file", {"file", "1", "-1"},
             "1: source and detector turn counter-clockwise seen from above"),
      choice("transpose", "file", {"file", "on", "off"},
             "Frames are transposed before anything else"),
      choice("flip_u", "file", {"file", "on", "off"}, "Columns are mirrored, after transpose"),
      choice("flip_v", "file", {"file", "on", "off"}, "Rows are turned upside down, last"),
      real("angle_start", 0, "deg", -kLargest, kLargest, "First angle, with angle_step"),
      real("angle_step", 0, "deg", -360, 360, "Angle between projections; 0: as the file says"),
  };
}

std::size_t three_quarters_of_memory() {
  const auto pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || bytes <= 0) return 0;
  return static_cast<std::size_t>(pages) / 4 * 3 * static_cast<std::size_t>(bytes);
}

Result<void> read_axis(const std::string& word, ReconstructRequest& request) {
  request.search_axis = word == "auto";
  if (word.empty() || request.search_axis) return {};
  double column = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), column);
  if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(column))
    return Error{Errc::invalid_argument,
                 "--axis '" + word + "' is neither a column nor auto; e.g. --axis 319.5"};
  request.axis_column = column;
  return {};
}

std::string dashed(std::string name) {
  std::ranges::replace(name, '_', '-');
  return name;
}

}  // namespace

std::span<const config::Option> reconstruct_options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> options;
    for (auto&& part : {output_options(), compute::options(), scan_options(),
                        offline::pixel_options(offline::PixelOptionsOf::file)})
      options.insert(options.end(), part.begin(), part.end());
    return options;
  }();
  return all;
}

Result<ReconstructRequest> request_of(const config::Settings& settings) {
  ReconstructRequest request;
  request.out = settings.text("out");
  request.volume = settings.boolean("volume");
  request.pose = settings.text("slice");
  request.size = static_cast<int>(settings.integer("size"));
  request.pixel_mm = settings.real("pixel");
  if (request.out.empty())
    return Error{Errc::invalid_argument, "--out is missing; e.g. --out slice.png"};
  if (auto known = io::check_image_path(request.out, request.volume); !known) return known.error();
  if (request.pixel_mm > 0 && request.pixel_mm < kLeastPixelMm)
    return Error{Errc::invalid_argument,
                 "--pixel is below a picometre; give 1e-9 or more, or 0 for what fills the field"};
  if (request.volume && !settings.is_default("slice"))
    return Error{Errc::invalid_argument, "--slice and --volume exclude each other; drop one"};
  if (!request.volume) {
    if (!geometry::is_named_pose(request.pose) && !settings.is_default("pixel"))
      return Error{Errc::invalid_argument,
                   "nine numbers already give the pixel size; leave --pixel out"};
    // A width of 1 is as good as any to see whether the words are understood.
    if (const auto pose = geometry::parse_pose(request.pose, 1); !pose) return pose.error();
  }
  if (auto axis = read_axis(settings.text("axis"), request); !axis) return axis.error();
  auto pixels = offline::pixel_parameters(settings);
  if (!pixels) return pixels.error();
  request.stages.pixels = std::move(*pixels);
  auto bad = offline::bad_pixel_mask(settings);
  if (!bad) return bad.error();
  request.stages.bad_pixels = *std::move(bad);
  if (const auto coverage = offline::chosen(settings, "coverage"); coverage > 0)
    request.stages.coverage = static_cast<recon::Coverage>(coverage - 1);
  request.stages.extent = static_cast<offline::Extent>(offline::chosen(settings, "window"));
  request.stages.store = static_cast<recon::StoreType>(offline::chosen(settings, "store"));
  auto backend = compute::request_of(settings);
  if (!backend) return backend.error();
  request.stages.backend = std::move(*backend);
  const auto memory = static_cast<std::size_t>(settings.integer("memory")) << 20U;
  request.stages.most_store_bytes = memory > 0 ? memory : three_quarters_of_memory();
  return request;
}

Result<void> override_geometry(const config::Settings& settings, offline::ScanFrames& frames) {
  auto& g = frames.geometry;
  if (const auto& file = settings.text("vectors"); !file.empty()) {
    auto vectors = io::read_vectors(file);
    if (!vectors) return vectors.error();
    g.vectors = *std::move(vectors);
  }
  if (!g.vectors.empty())
    for (const std::string name :
         {"axis", "tilt", "roll", "pitch", "rotation_sense", "source_axis_mm", "source_detector_mm",
          "principal_column", "principal_row"})
      if (!settings.is_default(name))
        return Error{Errc::invalid_argument,
                     "--" + dashed(name) +
                         " changes nothing: there is a measured vector for each projection, which "
                         "says all of it; leave it out, or correct the vectors"};
  const auto& beam = settings.text("beam");
  if (beam != "file") g.beam = beam == "cone" ? geometry::Beam::cone : geometry::Beam::parallel;
  if (const double pixel = settings.real("detector_pixel_mm"); pixel > 0) {
    g.pixel_mm = pixel;
    g.pixel_size_known = true;
  }
  if (const double mm = settings.real("source_axis_mm"); mm > 0) g.source_axis_mm = mm;
  if (const double mm = settings.real("source_detector_mm"); mm > 0) g.source_detector_mm = mm;
  if (const double column = settings.real("principal_column"); column != kPrincipalOfFile)
    g.principal_column = column;
  if (const double row = settings.real("principal_row"); row != kPrincipalOfFile)
    g.principal_row = row;
  g.tilt_rad += settings.real("tilt") * kDegree;
  g.roll_rad += settings.real("roll") * kDegree;
  g.pitch_rad += settings.real("pitch") * kDegree;
  if (const auto& mode = settings.text("window_mode"); mode != "file") frames.window.mode = mode;
  if (const auto size = settings.integer("group_size"); size > 0)
    frames.window.group_size = static_cast<std::uint64_t>(size);
  const auto& sense = settings.text("rotation_sense");
  if (sense != "file") g.rotation_sense = sense == "-1" ? -1 : 1;
  for (const auto& [name, turned] :
       {std::pair("transpose", &g.transpose), {"flip_u", &g.flip_u}, {"flip_v", &g.flip_v}})
    if (const auto& word = settings.text(name); word != "file") *turned = word == "on";
  if (const double step = settings.real("angle_step"); step != 0) {
    for (std::size_t i = 0; i < frames.angles_rad.size(); ++i)
      frames.angles_rad[i] =
          (settings.real("angle_start") + step * static_cast<double>(i)) * kDegree;
    g.angle_table_rad = frames.angles_rad;
  }
  if (settings.text("already_linear") == "no") frames.already_linear = false;
  return geometry::validate(g);
}

}  // namespace slicecast::cli
