#include "services/source/scan_options.h"

#include <numbers>

#include "common/io/vector_file.h"

namespace slicecast::source {
namespace {

Error refused(std::string message) {
  return {Errc::invalid_argument, std::move(message)};
}

bool given(const config::Settings& settings, std::string_view name) {
  return !settings.is_default(name);
}

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

Result<void> check_short_scan(const config::Settings& settings) {
  if (settings.text("coverage") == "short_scan" && settings.text("window_mode") != "alternating")
    return refused(
        "a short scan needs window_mode = alternating (its weights depend on where the "
        "group starts)");
  return {};
}

Result<void> check_vectors(const config::Settings& settings) {
  for (const char* name : {"axis_column", "principal_column", "principal_row", "source_axis",
                           "source_detector", "tilt", "roll", "pitch", "rotation_sense"})
    if (given(settings, name))
      return refused(std::string(name) +
                     " changes nothing: a measured vector for each projection says all of it; "
                     "leave it out, or correct the vectors");
  if (settings.text("dialect") == "recastx")
    return refused(
        "the recastx dialect has no room for measured vectors; leave dialect at native, or "
        "describe the scan by angles");
  return {};
}

}  // namespace

Result<void> check_coverage(const config::Settings& settings, geometry::Beam beam) {
  if (beam == geometry::Beam::cone && settings.text("coverage") == "half_turn")
    return refused(
        "a half turn does not cover a cone beam; set coverage to full_turn or short_scan");
  return {};
}

Result<void> check_options(const config::Settings& settings) {
  const bool file = !settings.text("file").empty();
  if (file && !settings.text("phantom").empty())
    return refused("file and phantom contradict each other; give one of them");
  if (settings.boolean("loop") && settings.integer("scans") > 0)
    return refused("loop means scans = 0; give one of them");
  if (settings.integer("rotation_sense") == 0) return refused("rotation_sense must be 1 or -1");
  if (file) {
    for (const char* name : {"rows", "columns", "projections", "radius", "attenuation", "speed",
                             "frame_time", "noise", "dark_current"}) {
      if (given(settings, name))
        return refused(std::string(name) + " describes a simulated scan; leave it out with a file");
    }
    if (!settings.text("write").empty())
      return refused("write saves a simulated scan; leave file out");
  }
  const bool cone = settings.text("beam") == "cone";
  if (!file && !cone && (given(settings, "source_axis") || given(settings, "source_detector")))
    return refused("source_axis and source_detector belong to a cone beam; add beam = cone");
  if (!file && !cone && (given(settings, "principal_column") || given(settings, "principal_row")))
    return refused("a parallel beam has no principal point; leave it out or add beam = cone");
  const Order order = order_of(settings);
  if (!file && !settings.text("vectors").empty()) {
    if (given(settings, "projections"))
      return refused(
          "a scan has as many projections as measured vectors; leave projections out, or give "
          "group_size for the window");
    if (order == Order::interlaced || order == Order::golden)
      return refused("measured vectors are in the order of acquisition; leave order out");
  }
  if (cone)
    if (auto ok = check_coverage(settings, geometry::Beam::cone); !ok) return ok;
  if (!file)
    if (auto ok = check_short_scan(settings); !ok) return ok;
  if (settings.boolean("already_linear") &&
      (settings.integer("darks") > 0 || settings.integer("flats") > 0))
    return refused("already_linear frames need neither darks nor flats; leave those out");
  return {};
}

Order order_of(const config::Settings& settings) {
  return order_from(settings.text("order")).value_or(Order::sequential);
}

v1::Window window_of(const config::Settings& settings, std::uint64_t projections_per_window) {
  v1::Window window;
  const auto& mode = settings.text("window_mode");
  const Order order = order_of(settings);
  const bool scattered = order == Order::interlaced || order == Order::golden;
  if (mode == "alternating")
    window.set_mode(v1::ALTERNATING);
  else if (mode == "last_n" || (mode == "auto" && scattered))
    window.set_mode(v1::LAST_N);
  else
    window.set_mode(v1::CONTINUOUS);
  const auto& coverage = settings.text("coverage");
  window.set_coverage(coverage == "half_turn"     ? v1::HALF_TURN
                      : coverage == "full_turn"   ? v1::FULL_TURN
                      : coverage == "short_scan"  ? v1::SHORT_SCAN
                      : coverage == "offset_axis" ? v1::OFFSET_AXIS
                                                  : v1::COVERAGE_AUTO);
  const auto group = static_cast<std::uint64_t>(settings.integer("group_size"));
  window.set_group_size(static_cast<std::uint32_t>(group != 0 ? group : projections_per_window));
  return window;
}

Result<config::Settings> with_recorded_window(const config::Settings& settings,
                                              const io::RecordedWindow& window) {
  config::Settings merged = settings;
  const auto take = [&](const char* name, const std::string& value) -> Result<void> {
    if (value.empty() || given(settings, name)) return {};
    return merged.set_text(name, value);
  };
  // An order of sending that brings its own window wins over the file's.
  const Order order = order_of(settings);
  if (order != Order::interlaced && order != Order::golden)
    if (auto ok = take("window_mode", window.mode); !ok) return ok.error();
  if (auto ok = take("coverage", window.coverage); !ok) return ok.error();
  if (window.group_size > 0)
    if (auto ok = take("group_size", std::to_string(window.group_size)); !ok) return ok.error();
  if (auto ok = check_short_scan(merged); !ok) return ok.error();
  return merged;
}

Result<void> apply_geometry(const config::Settings& settings, geometry::ScanGeometry& g) {
  if (settings.text("beam") == "cone") g.beam = geometry::Beam::cone;
  if (const double pixel = settings.real("pixel"); pixel > 0) {
    g.pixel_mm = pixel;
    g.pixel_size_known = true;
  }
  if (const double distance = settings.real("source_axis"); distance > 0)
    g.source_axis_mm = distance;
  if (const double distance = settings.real("source_detector"); distance > 0)
    g.source_detector_mm = distance;
  if (const double column = settings.real("axis_column"); column >= 0) g.axis_column = column;
  if (const double column = settings.real("principal_column"); column != -1)
    g.principal_column = column;
  if (const double row = settings.real("principal_row"); row != -1) g.principal_row = row;
  if (given(settings, "tilt")) g.tilt_rad = radians(settings.real("tilt"));
  if (given(settings, "roll")) g.roll_rad = radians(settings.real("roll"));
  if (given(settings, "pitch")) g.pitch_rad = radians(settings.real("pitch"));
  if (given(settings, "rotation_sense"))
    g.rotation_sense = static_cast<double>(settings.integer("rotation_sense"));
  g.transpose = g.transpose || settings.boolean("transpose");
  g.flip_u = g.flip_u || settings.boolean("flip_u");
  g.flip_v = g.flip_v || settings.boolean("flip_v");
  if (const auto& file = settings.text("vectors"); !file.empty()) {
    auto vectors = io::read_vectors(file);
    if (!vectors) return vectors.error();
    g.vectors = *std::move(vectors);
  }
  return g.vectors.empty() ? Result<void>() : check_vectors(settings);
}

}  // namespace slicecast::source
