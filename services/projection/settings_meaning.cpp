// From option values to the program's own types.
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "common/base/names.h"
#include "common/offline/pixel_options.h"
#include "common/wire/address.h"
#include "services/projection/options.h"

namespace slicecast::projection {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr std::size_t kMiB = std::size_t{1} << 20;

template <class Value, std::size_t N>
Value named(const std::string& name, const std::array<std::pair<const char*, Value>, N>& values) {
  for (const auto& [key, value] : values)
    if (name == key) return value;
  return values[0].second;  // unreachable: choices are checked on the way in
}

nlohmann::json json_of(const config::Value& value) {
  return std::visit([](const auto& held) { return nlohmann::json(held); }, value);
}

}  // namespace

Result<recon::PixelParameters> pixel_parameters(const config::Settings& settings,
                                                bool scan_is_linear, double scan_incident_counts) {
  auto p = offline::pixel_parameters(settings);
  if (!p) return p.error();
  if (settings.text("already_linear") == "scan") p->already_linear = scan_is_linear;
  if (p->incident_counts <= 0) p->incident_counts = scan_incident_counts;
  p->ring_correction = false;
  return p;
}

Result<void> check(const config::Settings& settings) {
  const std::string& recastx = settings.text("recastx");
  if (recastx.empty()) {
    if (auto ok = wire::check_peer("source", settings.text("source"), "source"); !ok) return ok;
  } else if (!wire::is_address(recastx)) {
    return Error{Errc::invalid_argument, "recastx '" + printable(recastx) +
                                             "' is no address; write e.g. tcp://127.0.0.1:9667"};
  }
  const auto parameters = pixel_parameters(settings, false, 0);
  if (!parameters) return parameters.error();
  return recon::validate(*parameters);
}

Result<geometry::ScanGeometry> overridden(const geometry::ScanGeometry& scan,
                                          const config::Settings& settings) {
  geometry::ScanGeometry g = scan;
  if (const double column = settings.real("axis_column"); column >= 0) g.axis_column = column;
  g.tilt_rad += settings.real("tilt") * kDegree;
  g.roll_rad += settings.real("roll") * kDegree;
  g.pitch_rad += settings.real("pitch") * kDegree;
  if (auto valid = geometry::validate(g); !valid) return valid.error();
  return g;
}

v1::Window overridden(const v1::Window& scan, const config::Settings& settings) {
  v1::Window window = scan;
  const auto& mode = settings.text("window_mode");
  if (mode != "scan")
    window.set_mode(mode == "alternating" ? v1::ALTERNATING
                    : mode == "last_n"    ? v1::LAST_N
                                          : v1::CONTINUOUS);
  const auto& coverage = settings.text("coverage");
  constexpr std::array<std::pair<const char*, v1::Coverage>, 5> kCoverages{
      {{"auto", v1::COVERAGE_AUTO},
       {"half_turn", v1::HALF_TURN},
       {"full_turn", v1::FULL_TURN},
       {"short_scan", v1::SHORT_SCAN},
       {"offset_axis", v1::OFFSET_AXIS}}};
  if (coverage != "scan") window.set_coverage(named(coverage, kCoverages));
  if (const auto group = settings.integer("group_size"); group > 0)
    window.set_group_size(static_cast<std::uint32_t>(group));
  return window;
}

std::string parameters_json(const config::Settings& settings) {
  nlohmann::json values = nlohmann::json::object();
  for (const auto& option : settings.schema())
    if (option.live) values[option.name] = json_of(settings.value(option.name));
  return values.dump();
}

Result<MemoryPlan> memory_plan(const config::Settings& settings) {
  const auto bytes = [&](const char* name) {
    return static_cast<std::size_t>(settings.integer(name)) * kMiB;
  };
  const std::size_t memory = bytes("memory");
  // Code, transform plans, darks, flats and messages on their way take their share first.
  const std::size_t pixels = memory - std::min(memory / 2, 32 * kMiB);
  MemoryPlan plan;
  plan.raw = bytes("raw_memory") != 0 ? bytes("raw_memory") : pixels / 5 * 2;
  plan.filtered = bytes("filtered_memory") != 0 ? bytes("filtered_memory") : pixels / 5 * 2;
  plan.queue = pixels / 16;
  plan.pool = pixels / 32;
  plan.frame = std::max<std::size_t>(memory / 16, 8 * kMiB);
  if (plan.raw + plan.filtered > memory / 10 * 9)
    return Error{Errc::invalid_argument,
                 "raw_memory and filtered_memory may take at most nine tenths of memory (" +
                     std::to_string(memory / kMiB) + " MiB); raise memory or lower them"};
  return plan;
}

Result<ingest::RecastxScanConfig> recastx_scans(const config::Settings& settings) {
  ingest::RecastxScanConfig scans;
  scans.scan.scan_id = "recastx";
  scans.scan.window = overridden(v1::Window(), settings);
  scans.angles_per_scan = static_cast<std::uint64_t>(settings.integer("recastx_angles"));
  auto& g = scans.scan.geometry;
  g.beam =
      settings.text("recastx_beam") == "cone" ? geometry::Beam::cone : geometry::Beam::parallel;
  const double pixel = settings.real("recastx_pixel_mm");
  g.pixel_size_known = pixel > 0;
  g.pixel_mm = pixel > 0 ? pixel : 1;
  g.source_axis_mm = settings.real("recastx_source_axis_mm");
  g.source_detector_mm = settings.real("recastx_source_detector_mm");
  g.angle_start_rad = settings.real("recastx_angle_start") * kDegree;
  g.angle_step_rad = settings.real("recastx_angle_step") * kDegree;
  g.rotation_sense = settings.text("recastx_rotation_sense") == "-1" ? -1 : 1;
  g.transpose = settings.boolean("recastx_transpose");
  g.flip_u = settings.boolean("recastx_flip_u");
  g.flip_v = settings.boolean("recastx_flip_v");
  return ingest::checked(std::move(scans));
}

}  // namespace slicecast::projection
