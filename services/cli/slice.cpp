// slicecast slice --pose P --size N [--pixel mm] --out X.{npy,tif,png}
#include <cstdio>

#include "common/config/make_option.h"
#include "services/cli/display.h"
#include "services/cli/fetch_command.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kSliceCommand = "slicecast slice";

std::vector<config::Option> slice_options() {
  return with_fetch(
      {
          config::text("pose", "", "xy@Z, xz@Y or yz@X in mm, or nine numbers base,axis1,axis2"),
          config::whole("size", 512, "pixels", 1, 32768, "Rows and columns"),
          config::real("pixel", 0, "mm", 0, 1e9,
                       "Pixel size of a named pose; 0: what fills the field of view"),
          config::text("out", "", "File to write: .npy, .tif or .png"),
      },
      30, "How long to wait for the image");
}

Result<void> check_slice(const config::Settings& settings) {
  const std::string& pose = settings.text("pose");
  if (pose.empty()) return Error{Errc::invalid_argument, "--pose is missing; e.g. --pose xy@0"};
  if (settings.text("out").empty())
    return Error{Errc::invalid_argument, "--out is missing; e.g. --out slice.png"};
  if (!geometry::is_named_pose(pose) && !settings.is_default("pixel"))
    return Error{Errc::invalid_argument,
                 "nine numbers already give the pixel size; leave --pixel out"};
  // A width of 1 is as good as any to see whether the words are understood.
  if (const auto parsed = geometry::parse_pose(pose, 1); !parsed) return parsed.error();
  return io::check_image_path(settings.text("out"), false);
}

Result<void> save_slice(const config::Settings& settings) {
  const auto fetching = connect_fetcher(settings);
  if (!fetching) return fetching.error();
  SliceFetcher& fetcher = *fetching->fetcher;
  const auto wait = fetching->wait;

  const int size = static_cast<int>(settings.integer("size"));
  double width_mm = settings.real("pixel") * size;
  if (geometry::is_named_pose(settings.text("pose")) && width_mm == 0) {
    const auto field = fetcher.field_of_view(wait);
    if (!field) return field.error();
    width_mm = 2 * field->radius_mm();
  }
  const auto pose = geometry::parse_pose(settings.text("pose"), width_mm);
  if (!pose) return pose.error();
  const auto image = fetcher.fetch(*pose, size, size, 1, {}, wait);
  if (!image) return image.error();

  io::ImageOptions options;
  const double pixel = geometry::norm(pose->axis1) / size;
  const char* unit = fetcher.length_unit();
  options.provenance = "slicecast slice " + settings.text("pose") + ", pixel " +
                       std::to_string(pixel) + " " + unit + ", scan " +
                       image->header.stamp().scan_id() + ", unit " + image->header.value_unit();
  options.display = display_range(image->plane(0));
  if (auto ok = io::write_image(settings.text("out"), image->plane(0), options); !ok) return ok;
  const std::string marks = marks_text(image->header);
  std::printf("%s: %d x %d, pixel %.6g %s, %u projections, %s, %.1f ms%s\n",
              settings.text("out").c_str(), size, size, pixel, unit, image->header.projections(),
              image->header.value_unit().c_str(), image->header.reconstruction_ms(),
              marks.empty() ? "" : (" (" + marks + ")").c_str());
  return {};
}

}  // namespace

int run_slice(int argc, const char* const* argv) {
  return run_fetch({kSliceCommand,
                    "Fetches one reconstructed slice of any pose from a running slice server.",
                    {}},
                   slice_options(), check_slice, save_slice, argc, argv);
}

}  // namespace slicecast::cli
