#include "services/projection/epoch.h"

#include "common/recon/processed_field.h"

namespace slicecast::projection {
namespace {

// Frames of the previous groups may still come late or be filtered again.
constexpr std::size_t kGroupsKept = 4;

bool correctable(const recon::ProcessDesc& desc) {
  return desc.parameters.already_linear || desc.flat || desc.parameters.incident_counts > 0;
}

}  // namespace

recon::ProcessDesc Epoch::describe() const {
  recon::ProcessDesc desc;
  desc.geometry = spec_.geometry;
  desc.parameters = spec_.parameters;
  desc.coverage = spec_.window.coverage;
  desc.pixel_type = spec_.pixel_type;
  if (!desc.parameters.already_linear) {
    desc.dark = spec_.calibration.dark;
    desc.flat = spec_.calibration.flat;
  }
  // The threshold compares with flats; without any there is nothing to find.
  if (!desc.flat) desc.parameters.bad_pixel_threshold = 0;
  desc.bad = spec_.bad;
  desc.ring = spec_.ring;
  desc.parameters.ring_correction = spec_.ring != nullptr;
  return desc;
}

Result<std::shared_ptr<Epoch>> Epoch::make(const recon::Backend& backend, EpochSpec spec) {
  std::shared_ptr<Epoch> epoch(new Epoch(backend, std::move(spec)));
  recon::ProcessDesc desc = epoch->describe();
  if (!correctable(desc)) {
    epoch->obstacle_ =
        "no flat field: send flats, set incident_counts to the intensity without sample, or set "
        "already_linear when frames are line integrals";
    desc.parameters.incident_counts = 1;  // the shape does not depend on it
  }
  auto layout = recon::processed_layout(desc);
  if (!layout) return layout.error();
  epoch->layout_ = *layout;
  if (!epoch->obstacle_.empty() || epoch->spec_.window.coverage == recon::Coverage::short_scan)
    return epoch;
  auto made = backend.make_processor(desc);
  if (!made) return made.error();
  epoch->by_group_[0] = *std::move(made);
  return epoch;
}

std::shared_ptr<const recon::Processor> Epoch::processor(std::uint64_t id, double angle_rad) const {
  if (!obstacle_.empty()) return nullptr;
  const bool per_group = spec_.window.coverage == recon::Coverage::short_scan;
  const std::uint64_t group = per_group ? group_of(spec_.window, id) : 0;
  std::lock_guard lock(mutex_);
  if (const auto found = by_group_.find(group); found != by_group_.end()) return found->second;
  recon::ProcessDesc desc = describe();
  desc.arc_start_rad = arc_start(spec_.window, id, angle_rad);
  auto made = backend_.make_processor(desc);
  if (!made) return nullptr;
  std::shared_ptr<const recon::Processor> processor = *std::move(made);
  by_group_[group] = processor;
  if (by_group_.size() > kGroupsKept) by_group_.erase(by_group_.begin());
  return processor;
}

geometry::FieldOfView Epoch::field_of_view(const geometry::ScanGeometry& g) const {
  recon::ProcessDesc desc = describe();
  desc.geometry = g;
  return recon::processed_field(desc);
}

Result<std::unique_ptr<recon::Processor>> Epoch::band(int first_row, int rows) const {
  recon::ProcessDesc desc = describe();
  desc.ring.reset();
  desc.parameters.ring_correction = false;
  desc.parameters.paganin = {};
  desc.parameters.binning = 1;
  desc.parameters.filter = recon::RampFilter::none;
  desc.parameters.region = {first_row, 0, rows, geometry::upright_columns(desc.geometry)};
  desc.geometry.roll_rad = 0;  // straightening would need the rows around
  return backend_.make_processor(desc);
}

bool Epoch::same_line_integrals(const Epoch& other) const {
  recon::PixelParameters a = spec_.parameters, b = other.spec_.parameters;
  b.filter = a.filter;
  b.filter_cutoff = a.filter_cutoff;
  b.filter_table = a.filter_table;
  b.padding = a.padding;
  return a == b && spec_.calibration.dark == other.spec_.calibration.dark &&
         spec_.calibration.flat == other.spec_.calibration.flat &&
         layout_.line_rows == other.layout_.line_rows &&
         layout_.line_columns == other.layout_.line_columns &&
         spec_.geometry.roll_rad == other.spec_.geometry.roll_rad;
}

}  // namespace slicecast::projection
