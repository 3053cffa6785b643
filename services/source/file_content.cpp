#include "services/source/file_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "common/io/scan_file.h"
#include "common/log/log.h"
#include "services/source/scan_options.h"

namespace slicecast::source {
namespace {

using ingest::FrameKind;
using std::numbers::pi;

constexpr double kWholeTurnTolerance = 0.6;  // steps: files count the closing angle or leave it out

double window_arc(const config::Settings& settings, const geometry::ScanGeometry& g) {
  const auto& coverage = settings.text("coverage");
  if (coverage == "half_turn") return pi;
  if (coverage == "full_turn" || coverage == "offset_axis") return 2 * pi;
  if (coverage == "short_scan") return pi + 2 * geometry::half_fan_angle(g);
  return g.beam == geometry::Beam::cone ? 2 * pi : pi;
}

// Nominal step; 0 when the angles are not evenly spaced.
double even_step(const std::vector<double>& angles) {
  if (angles.size() < 2) return 0;
  const double step = (angles.back() - angles.front()) / static_cast<double>(angles.size() - 1);
  for (std::size_t i = 0; i < angles.size(); ++i) {
    if (std::abs(angles[i] - angles.front() - step * static_cast<double>(i)) > 0.5 * std::abs(step))
      return 0;
  }
  return step;
}

Result<std::uint64_t> calibration_count(const config::Settings& settings, const char* name,
                                        std::size_t recorded) {
  const std::int64_t asked = settings.integer(name);
  if (asked > static_cast<std::int64_t>(recorded)) {
    return Error{Errc::invalid_argument,
                 fmt::format("{} = {}, but the file has only {}", name, asked, recorded)};
  }
  return asked < 0 ? recorded : static_cast<std::uint64_t>(asked);
}

class FileContent final : public ScanContent {
 public:
  FileContent(io::ScanFile file, geometry::ScanGeometry g, std::vector<double> angles,
              const config::Settings& settings, std::uint64_t darks, std::uint64_t flats)
      : file_(std::move(file)),
        geometry_(std::move(g)),
        angles_(std::move(angles)),
        darks_(darks),
        flats_(flats) {
    const io::ScanDescription& described = file_.description();
    arc_rad_ = covered_arc(angles_);
    scan_.geometry = geometry_;
    scan_.geometry.angle_table_rad.clear();  // every frame brings its own
    scan_.geometry.angle_start_rad = angles_.empty() ? 0 : angles_.front();
    scan_.geometry.angle_step_rad = even_step(angles_);
    scan_.window = window_of(settings, per_window(window_arc(settings, geometry_)));
    scan_.pixel_type = described.pixel_type;
    scan_.already_linear = described.already_linear || settings.boolean("already_linear");
    if (scan_.already_linear) darks_ = flats_ = 0;
    if (!settings.is_default("incident_counts"))
      scan_.incident_counts = settings.real("incident_counts");
    scan_.title = settings.text("title");
    if (scan_.title.empty())
      scan_.title = std::filesystem::path(settings.text("file")).stem().string();
    pool_ = BufferPool::create(kPooledFrames * described.frame_bytes());
  }

  const ingest::ScanInfo& scan() const override { return scan_; }
  std::uint64_t projections() const override { return file_.description().projections; }
  bool repeats() const override { return true; }
  double pass_arc_rad() const override { return arc_rad_; }
  std::uint64_t darks() const override { return darks_; }
  std::uint64_t flats() const override { return flats_; }
  double angle_of(std::uint64_t index) const override { return angles_[index]; }

  std::optional<geometry::Matrix34> matrix_of(std::uint64_t index) const override {
    if (geometry_.vectors.empty()) return std::nullopt;
    const auto projection = geometry::projection_of(geometry_, index, std::nullopt);
    if (!projection) return std::nullopt;
    return projection->matrix;
  }

  Result<ConstBufferPtr> image(FrameKind kind, std::uint64_t index) override {
    auto pixels = pool_->take(file_.description().frame_bytes());
    const std::span<std::byte> bytes(pixels->data(), pixels->size());
    const auto read = kind == FrameKind::dark   ? file_.read_dark(index, bytes)
                      : kind == FrameKind::flat ? file_.read_flat(index, bytes)
                                                : file_.read_projection(index, bytes);
    if (!read) return read.error();
    return ConstBufferPtr(std::move(pixels));
  }

 private:
  std::uint64_t per_window(double window_rad) const {
    const auto all = static_cast<double>(file_.description().projections);
    if (arc_rad_ == 0) return file_.description().projections;
    return static_cast<std::uint64_t>(
        std::clamp(std::round(all * window_rad / std::abs(arc_rad_)), 1.0, all));
  }

  io::ScanFile file_;
  geometry::ScanGeometry geometry_;  // with the file's vectors
  std::vector<double> angles_;
  std::uint64_t darks_, flats_;
  double arc_rad_ = 0;
  ingest::ScanInfo scan_;
  std::shared_ptr<BufferPool> pool_;
};

Result<std::vector<double>> angles_of(const config::Settings& settings,
                                      const io::ScanDescription& described,
                                      const geometry::ScanGeometry& g) {
  if (!described.angles_rad.empty()) return described.angles_rad;
  std::vector<double> angles(described.projections);
  for (std::size_t i = 0; i < angles.size(); ++i) {
    if (!g.vectors.empty()) {
      const auto angle = geometry::angle_of(g, i);
      if (!angle) return angle.error();
      angles[i] = *angle;
    } else {
      angles[i] =
          window_arc(settings, g) * static_cast<double>(i) / static_cast<double>(angles.size());
    }
  }
  if (g.vectors.empty())
    spdlog::warn(
        "the file has no angles; its projections are taken as evenly spaced over one window");
  return angles;
}

}  // namespace

bool is_whole_turns(double arc_rad) {
  const double turns = std::abs(arc_rad) / (2 * pi);
  return turns > 0.5 && std::abs(turns - std::round(turns)) < 1e-9;
}

double covered_arc(const std::vector<double>& angles_rad) {
  if (angles_rad.size() < 2) return 0;
  const auto [lowest, highest] = std::ranges::minmax(angles_rad);
  const double step = (highest - lowest) / static_cast<double>(angles_rad.size() - 1);
  double arc = highest - lowest + step;
  const double whole = std::round(arc / (2 * pi)) * 2 * pi;
  if (whole > 0 && std::abs(arc - whole) <= (1 + kWholeTurnTolerance) * step &&
      arc - whole >= -kWholeTurnTolerance * step) {
    // One step too long: the file closes the circle with the first angle again.
    arc = whole;
  }
  return angles_rad.back() < angles_rad.front() ? -arc : arc;
}

Result<std::unique_ptr<ScanContent>> make_file_content(const config::Settings& given) {
  auto file = io::ScanFile::open(given.text("file"));
  if (!file) return file.error();
  const io::ScanDescription& described = file->description();
  const auto merged = with_recorded_window(given, described.window);
  if (!merged) return merged.error();
  const config::Settings& settings = *merged;
  for (const auto& note : described.notes) spdlog::info("{}: {}", settings.text("file"), note);
  if (described.projections == 0) {
    return Error{Errc::invalid_argument,
                 settings.text("file") + " has no projections; choose another file"};
  }
  geometry::ScanGeometry g = described.geometry;
  apply_geometry(settings, g);
  if (auto valid = geometry::validate(g); !valid) return valid.error();
  if (auto ok = check_coverage(settings, g.beam); !ok) return ok.error();
  auto angles = angles_of(settings, described, g);
  if (!angles) return angles.error();
  const auto darks = calibration_count(settings, "darks", described.darks);
  if (!darks) return darks.error();
  const auto flats = calibration_count(settings, "flats", described.flats);
  if (!flats) return flats.error();
  return std::unique_ptr<ScanContent>(std::make_unique<FileContent>(
      *std::move(file), std::move(g), *std::move(angles), settings, *darks, *flats));
}

}  // namespace slicecast::source
