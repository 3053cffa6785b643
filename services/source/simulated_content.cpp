#include "services/source/simulated_content.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "common/phantom/built_in.h"
#include "common/phantom/scan_simulator.h"
#include "services/source/arc.h"
#include "services/source/memory_need.h"
#include "services/source/order.h"
#include "services/source/scan_options.h"

namespace slicecast::source {
namespace {

using ingest::FrameKind;
using std::numbers::pi;

constexpr double kDefaultPixelMm = 0.5;
constexpr double kDefaultRate = 30;
constexpr std::uint64_t kDefaultCalibration = 10;
constexpr double kFilledFieldOfView = 0.8;  // so that air is left on both sides
constexpr double kLineIntegralOfDiameter = 2.5;

Result<geometry::ScanGeometry> geometry_of(const config::Settings& settings) {
  geometry::ScanGeometry g;
  g.rows = static_cast<int>(settings.integer("rows"));
  g.columns = static_cast<int>(settings.integer("columns"));
  g.pixel_mm = kDefaultPixelMm;
  if (auto applied = apply_geometry(settings, g); !applied) return applied.error();
  if (!g.vectors.empty()) {
    if (settings.is_default("pixel"))
      g.pixel_mm = norm(geometry::from_astra(g, g.vectors.front()).detector_u);
  } else if (g.beam == geometry::Beam::cone) {
    if (g.source_axis_mm == 0) g.source_axis_mm = 4 * g.pixel_mm * geometry::upright_columns(g);
    if (g.source_detector_mm == 0) g.source_detector_mm = 1.5 * g.source_axis_mm;
  }
  if (auto valid = geometry::validate(g); !valid) return valid.error();
  return g;
}

Result<phantom::Phantom> phantom_of(const config::Settings& settings,
                                    const geometry::ScanGeometry& g) {
  std::string name = settings.text("phantom");
  if (name.empty()) name = "bubbles";
  phantom::BuiltIn options;
  const bool offset = settings.text("coverage") == "offset_axis";
  options.radius_mm = settings.real("radius");
  if (options.radius_mm == 0)
    options.radius_mm = kFilledFieldOfView * geometry::field_of_view(g, offset).radius_mm;
  options.speed = settings.real("speed");
  options.seed = static_cast<std::uint64_t>(settings.integer("seed"));
  // Counts behind the thickest part then stay well above zero, whatever the pixel size. The other
  // two are defined by their values.
  if (const double attenuation = settings.real("attenuation"); attenuation > 0)
    options.attenuation_per_mm = attenuation;
  else if (name != "weak" && name != "shepp_logan")
    options.attenuation_per_mm = kLineIntegralOfDiameter / (2 * options.radius_mm);
  return phantom::make_built_in(name, options);
}

phantom::NoiseModel noise_of(const config::Settings& settings) {
  phantom::NoiseModel noise;
  noise.incident_counts = settings.real("incident_counts");
  noise.dark_counts = settings.real("dark_current");
  if (!settings.boolean("noise")) {
    noise.shot_noise = false;
    noise.read_noise_counts = 0;
    noise.dead_pixels = 0;
    noise.hot_pixels = 0;
    return noise;
  }
  // A detector of a few hundred pixels has no room for the usual number of defects.
  const auto pixels = settings.integer("rows") * settings.integer("columns");
  noise.dead_pixels = static_cast<int>(std::min<std::int64_t>(noise.dead_pixels, pixels / 1000));
  noise.hot_pixels = static_cast<int>(std::min<std::int64_t>(noise.hot_pixels, pixels / 4000));
  return noise;
}

class SimulatedContent final : public ScanContent {
 public:
  SimulatedContent(const config::Settings& settings, phantom::ScanSimulator simulator)
      : simulator_(std::move(simulator)), order_(order_of(settings)) {
    const geometry::ScanGeometry& g = simulator_.geometry();
    if (g.vectors.empty()) {
      arc_rad_ = window_arc(settings, g);
      per_pass_ = static_cast<std::uint64_t>(settings.integer("projections"));
      if (per_pass_ == 0)
        per_pass_ = static_cast<std::uint64_t>(std::max(1L, std::lround(60 * arc_rad_ / pi)));
    } else {
      measured_angles_ = geometry::angles_of_vectors(g);
      arc_rad_ = covered_arc(measured_angles_);
      per_pass_ = g.vectors.size();
    }
    const double rate = settings.real("rate");
    frame_time_s_ = settings.real("frame_time");
    if (frame_time_s_ == 0) frame_time_s_ = 1 / (rate > 0 ? rate : kDefaultRate);

    scan_.geometry = g;
    std::uint64_t per_window = per_pass_;
    if (!measured_angles_.empty()) {
      scan_.geometry.angle_start_rad = measured_angles_.front();
      scan_.geometry.angle_step_rad = even_step(measured_angles_);
      per_window = projections_per_window(per_pass_, arc_rad_, window_arc(settings, g));
    } else if (order_ == Order::sequential || order_ == Order::shuffled) {
      scan_.geometry.angle_step_rad = arc_rad_ / static_cast<double>(per_pass_);
    }
    scan_.window = window_of(settings, per_window);
    scan_.already_linear = settings.boolean("already_linear");
    scan_.pixel_type = scan_.already_linear ? PixelType::f32 : PixelType::u16;
    scan_.title = settings.text("title");
    if (scan_.title.empty())
      scan_.title = settings.text("phantom").empty() ? "bubbles" : settings.text("phantom");
    darks_ = calibration(settings.integer("darks"));
    flats_ = calibration(settings.integer("flats"));
    if (flats_ == 0 && !scan_.already_linear)
      scan_.incident_counts = settings.real("incident_counts");
    frame_bytes_ = static_cast<std::size_t>(g.rows) * static_cast<std::size_t>(g.columns) *
                   size_of(scan_.pixel_type);
    pool_ = BufferPool::create(pooled_bytes(frame_bytes_));
  }

  const ingest::ScanInfo& scan() const override { return scan_; }
  std::uint64_t projections() const override { return per_pass_; }
  // Vectors end; angles go on.
  bool repeats() const override { return !measured_angles_.empty(); }
  double pass_arc_rad() const override { return arc_rad_; }
  std::uint64_t darks() const override { return darks_; }
  std::uint64_t flats() const override { return flats_; }
  double angle_of(std::uint64_t index) const override {
    if (!measured_angles_.empty()) return measured_angles_[index];
    return acquisition_angle(order_, index, per_pass_, arc_rad_);
  }
  std::optional<geometry::Matrix34> matrix_of(std::uint64_t index) const override {
    if (measured_angles_.empty()) return std::nullopt;
    return geometry::from_astra(scan_.geometry, scan_.geometry.vectors[index]).matrix;
  }

  Result<ConstBufferPtr> image(FrameKind kind, std::uint64_t index) override {
    auto pixels = pool_->take(frame_bytes_);
    const int rows = scan_.geometry.rows;
    const int columns = scan_.geometry.columns;
    const double time_s = static_cast<double>(index) * frame_time_s_;
    Result<void> rendered;
    if (scan_.already_linear) {
      rendered = simulator_.line_integrals(index, angle_of(index), time_s,
                                           {pixels->as<float>(), rows, columns});
    } else {
      const ImageView<std::uint16_t> counts(pixels->as<std::uint16_t>(), rows, columns);
      rendered = kind == FrameKind::dark ? simulator_.dark(index, counts)
                 : kind == FrameKind::flat
                     ? simulator_.flat(index, counts)
                     : simulator_.projection(index, angle_of(index), time_s, counts);
    }
    if (!rendered) return rendered.error();
    return ConstBufferPtr(std::move(pixels));
  }

 private:
  std::uint64_t calibration(std::int64_t asked) const {
    if (scan_.already_linear) return 0;
    return asked < 0 ? kDefaultCalibration : static_cast<std::uint64_t>(asked);
  }

  phantom::ScanSimulator simulator_;
  Order order_;
  ingest::ScanInfo scan_;
  double arc_rad_ = 0;
  std::uint64_t per_pass_ = 0;
  std::vector<double> measured_angles_;  // of measured vectors; else empty
  double frame_time_s_ = 0;
  std::uint64_t darks_ = 0, flats_ = 0;
  std::size_t frame_bytes_ = 0;
  std::shared_ptr<BufferPool> pool_;
};

}  // namespace

Result<std::unique_ptr<ScanContent>> make_simulated_content(const config::Settings& given) {
  const auto made = geometry_of(given);
  if (!made) return made.error();
  const geometry::ScanGeometry& g = *made;
  const auto known = g.vectors.empty() ? Result<config::Settings>(given)
                                       : with_known_coverage(
                                             given, g, covered_arc(geometry::angles_of_vectors(g)));
  if (!known) return known.error();
  const config::Settings& settings = *known;
  if (auto fits = check_memory(settings, g); !fits) return fits.error();
  auto phantom = phantom_of(settings, g);
  if (!phantom) return phantom.error();
  auto simulator =
      phantom::ScanSimulator::create(*std::move(phantom), g, noise_of(settings),
                                     static_cast<std::uint64_t>(settings.integer("seed")));
  if (!simulator) return simulator.error();
  return std::unique_ptr<ScanContent>(
      std::make_unique<SimulatedContent>(settings, *std::move(simulator)));
}

}  // namespace slicecast::source
