#include "services/source/file_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "common/io/scan_file.h"
#include "common/log/log.h"
#include "services/source/arc.h"
#include "services/source/memory_need.h"
#include "services/source/scan_options.h"

namespace slicecast::source {
namespace {

using ingest::FrameKind;

constexpr std::uint64_t kMostIdsPerProjection = 16;

Result<std::uint64_t> calibration_count(const config::Settings& settings, const char* name,
                                        std::size_t recorded) {
  const std::int64_t asked = settings.integer(name);
  if (asked > static_cast<std::int64_t>(recorded)) {
    return Error{Errc::invalid_argument,
                 fmt::format("{} = {}, but the file has only {}", name, asked, recorded)};
  }
  return asked < 0 ? recorded : static_cast<std::uint64_t>(asked);
}

// Ids as recorded, so that what was lost is missing again; less whole groups before the first, so
// that a recording that began late does not miss them as well. By position where they name a
// projection twice, or where most would be missing.
std::vector<std::uint64_t> ids_on_the_wire(std::vector<std::uint64_t> ids, std::uint64_t group) {
  const std::uint64_t lowest = std::ranges::min(ids);
  const std::uint64_t skipped = lowest - lowest % std::max<std::uint64_t>(group, 1);
  for (auto& id : ids) id -= skipped;
  auto sorted = ids;
  std::ranges::sort(sorted);
  const bool twice = std::ranges::adjacent_find(sorted) != sorted.end();
  if (twice || sorted.back() / kMostIdsPerProjection >= ids.size() + group)
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
  return ids;
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
    scan_.window = window_of(settings, projections_per_window(described.projections, arc_rad_,
                                                              window_arc(settings, geometry_)));
    ids_ = ids_on_the_wire(described.ids, scan_.window.group_size());
    scan_.pixel_type = described.pixel_type;
    scan_.already_linear = described.already_linear || settings.boolean("already_linear");
    if (scan_.already_linear) darks_ = flats_ = 0;
    if (!settings.is_default("incident_counts"))
      scan_.incident_counts = settings.real("incident_counts");
    scan_.title = settings.text("title");
    if (scan_.title.empty())
      scan_.title = std::filesystem::path(settings.text("file")).stem().string();
    pool_ = BufferPool::create(pooled_bytes(described.frame_bytes()));
  }

  const ingest::ScanInfo& scan() const override { return scan_; }
  std::uint64_t projections() const override { return file_.description().projections; }
  bool repeats() const override { return true; }
  double pass_arc_rad() const override { return arc_rad_; }
  std::uint64_t darks() const override { return darks_; }
  std::uint64_t flats() const override { return flats_; }
  double angle_of(std::uint64_t index) const override { return angles_[index]; }
  std::uint64_t id_of(std::uint64_t index) const override { return ids_[index]; }
  std::uint64_t ids() const override { return std::ranges::max(ids_) + 1; }

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
  io::ScanFile file_;
  geometry::ScanGeometry geometry_;  // with the file's vectors
  std::vector<double> angles_;
  std::vector<std::uint64_t> ids_;
  std::uint64_t darks_, flats_;
  double arc_rad_ = 0;
  ingest::ScanInfo scan_;
  std::shared_ptr<BufferPool> pool_;
};

std::vector<double> angles_of(const config::Settings& settings,
                              const io::ScanDescription& described,
                              const geometry::ScanGeometry& g) {
  if (!described.angles_rad.empty()) return described.angles_rad;
  if (!g.vectors.empty()) return geometry::angles_of_vectors(g);
  std::vector<double> angles(described.projections);
  for (std::size_t i = 0; i < angles.size(); ++i)
    angles[i] =
        window_arc(settings, g) * static_cast<double>(i) / static_cast<double>(angles.size());
  spdlog::warn(
      "the file has no angles; its projections are taken as evenly spaced over one window");
  return angles;
}

}  // namespace

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
  if (auto applied = apply_geometry(settings, g); !applied) return applied.error();
  if (!g.vectors.empty() && g.vectors.size() < described.projections)
    return Error{Errc::invalid_argument,
                 fmt::format("{} has {} projections and there are {} measured vectors; give one "
                             "per projection",
                             settings.text("file"), described.projections, g.vectors.size())};
  if (auto valid = geometry::validate(g); !valid) return valid.error();
  if (auto ok = check_coverage(settings, g.beam); !ok) return ok.error();
  auto angles = angles_of(settings, described, g);
  const auto covered = with_known_coverage(settings, g, covered_arc(angles));
  if (!covered) return covered.error();
  const auto darks = calibration_count(settings, "darks", described.darks);
  if (!darks) return darks.error();
  const auto flats = calibration_count(settings, "flats", described.flats);
  if (!flats) return flats.error();
  return std::unique_ptr<ScanContent>(std::make_unique<FileContent>(
      *std::move(file), std::move(g), std::move(angles), *covered, *darks, *flats));
}

}  // namespace slicecast::source
