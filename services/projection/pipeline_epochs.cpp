// What an epoch is made of, when a new one begins and when matrices alone change.
#include <algorithm>

#include "common/log/log.h"
#include "common/offline/bad_pixel_mask.h"
#include "services/projection/pipeline.h"

namespace slicecast::projection {
namespace {

bool same_matrices(const geometry::ScanGeometry& a, const geometry::ScanGeometry& b) {
  return geometry::axis_column(a) == geometry::axis_column(b) && a.tilt_rad == b.tilt_rad &&
         a.roll_rad == b.roll_rad && a.pitch_rad == b.pitch_rad;
}

bool same_pixels(const EpochSpec& a, const EpochSpec& b) {
  return a.parameters == b.parameters && a.window == b.window &&
         !changes_pixels(a.geometry, b.geometry, b.window.coverage);
}

}  // namespace

Result<EpochSpec> Pipeline::make_spec(const config::Settings& settings) const {
  std::shared_ptr<const Scan> scan;
  {
    std::lock_guard lock(mutex_);
    scan = scan_;
  }
  const ingest::ScanInfo& info = scan->info;
  EpochSpec spec;
  spec.scan_id = info.scan_id;
  spec.pixel_type = info.pixel_type;
  auto parameters = pixel_parameters(settings, info.already_linear, info.incident_counts);
  if (!parameters) return parameters.error();
  spec.parameters = *std::move(parameters);
  // An axis that was set for another detector must not stop this scan.
  config::Settings fitting = settings;
  const double column = settings.real("axis_column");
  if (column > geometry::upright_columns(info.geometry) - 1 &&
      column == settings_.real("axis_column")) {
    if (auto reset = fitting.set("axis_column", kAxisFromScan); !reset) return reset.error();
    if (log::every("projection-axis", 60))
      spdlog::warn("axis_column {} is off the detector of scan '{}', whose own axis is used",
                   column, info.scan_id);
  }
  auto g = overridden(info.geometry, fitting);
  if (!g) return g.error();
  spec.geometry = *std::move(g);
  if (options_.bad_pixels) {
    auto bad = offline::fitted(*options_.bad_pixels, spec.geometry);
    if (!bad) return bad.error();
    spec.bad = *std::move(bad);
  }
  const auto window =
      resolve_window(overridden(info.window, settings), spec.geometry, info.projections);
  if (!window) return window.error();
  spec.window = *window;
  spec.calibration = calibration_.set();
  spec.parameters_json = parameters_json(settings);
  return spec;
}

Result<std::shared_ptr<Epoch>> Pipeline::make_epoch(const config::Settings& settings) const {
  auto spec = make_spec(settings);
  if (!spec) return spec.error();
  auto plain = Epoch::make(*options_.backend, *spec);
  if (!plain || !ring_ || !settings.boolean("rings")) return plain;
  const std::size_t pixels =
      static_cast<std::size_t>((*plain)->layout().line_rows) * (*plain)->layout().line_columns;
  if (ring_->size() != pixels) return plain;
  spec->ring = ring_;
  return Epoch::make(*options_.backend, *std::move(spec));
}

// Under change_mutex_. Parameters that do not suit the scan stop the filtering, not the process:
// frames are kept raw as far as there is room, and a change of parameters takes them up again.
void Pipeline::open_epoch(bool clear) {
  auto epoch = make_epoch(settings_);
  if (epoch) {
    const geometry::ScanGeometry g = (*epoch)->spec().geometry;
    commit(*std::move(epoch), g, clear);
    return;
  }
  spdlog::error("scan cannot be processed: {}", epoch.error().message);
  std::lock_guard lock(mutex_);
  epoch_.reset();
  refiltered_->drop(metrics::Drop::superseded, refiltered_->snapshot().in_flight);
  plan_.cancel();
  problem_ = epoch.error().message;
}

void Pipeline::commit(std::shared_ptr<Epoch> epoch, const geometry::ScanGeometry& g, bool clear) {
  const EpochSpec& spec = epoch->spec();
  const std::uint64_t group = spec.window.group_size;
  const std::size_t ring_bytes = group * static_cast<std::size_t>(epoch->layout().rows) *
                                 epoch->layout().columns *
                                 (options_.store == recon::StoreType::half_precision ? 2 : 4);
  if (ring_bytes > options_.memory.filtered && log::every("projection-ring", 60))
    spdlog::warn(
        "one window of {} filtered projections takes {} MiB, more than filtered_memory: a "
        "slice server that starts late gets less than a window; raise memory, bin the "
        "projections or choose a smaller region",
        group, ring_bytes >> 20U);
  if (spec.window.guessed && log::every("projection-group", 60))
    spdlog::warn(
        "the scan does not say how many projections make one window; {} are assumed, set "
        "group_size",
        group);

  std::lock_guard lock(mutex_);
  epoch->number = ++epoch_number_;
  raw_.set_window(spec.window.mode == v1::ALTERNATING ? 2 * group : group);
  account_.set_reorder_window(options_.reorder_window > 0 ? options_.reorder_window : group);
  // Frames that never went out are due in any case; the rest only if the whole window can follow.
  const bool whole = !clear && raw_.whole() && raw_.size() > 0;
  std::vector<std::uint64_t> ids;
  if (epoch->obstacle().empty())
    ids = whole ? raw_.newest_first() : raw_.unpublished_newest_first();
  const bool refilter = whole && !ids.empty();

  refiltered_->drop(metrics::Drop::superseded, refiltered_->snapshot().in_flight);
  refiltered_->receive(ids.size());
  publication_.start_epoch(*epoch, g, refilter, clear);
  plan_.start(epoch->number, std::move(ids), refilter);
  matrices_ = std::make_shared<const ProjectionMatrices>(g, epoch->layout());
  geometry_ = g;
  epoch_ = std::move(epoch);
  problem_.clear();
  work_there_.notify_all();
}

Result<void> Pipeline::change(const config::Settings& after) {
  std::lock_guard change(change_mutex_);
  bool scanning = false;
  std::shared_ptr<const Epoch> current;
  geometry::ScanGeometry before;
  {
    std::lock_guard lock(mutex_);
    scanning = scan_ != nullptr;
    current = epoch_;
    before = geometry_;
  }
  if (!scanning) {
    if (auto parameters = pixel_parameters(after, false, 0); !parameters) return parameters.error();
    settings_ = after;
    ++state_revision_;
    return {};
  }
  const auto spec = make_spec(after);
  if (!spec) return spec.error();
  const bool rings_dropped = current && current->spec().ring && !after.boolean("rings");
  EpochSpec now = current ? current->spec() : EpochSpec{};
  now.geometry = before;
  if (current && !rings_dropped && same_pixels(now, *spec)) {
    const bool matrices_change = !same_matrices(before, spec->geometry);
    settings_ = after;
    ++state_revision_;
    if (!matrices_change) return {};
    std::lock_guard lock(mutex_);
    geometry_ = spec->geometry;
    matrices_ = std::make_shared<const ProjectionMatrices>(geometry_, epoch_->layout());
    publication_.update_geometry(*epoch_, geometry_, *matrices_);
    return {};
  }
  const auto kept_ring = ring_;
  if (!after.boolean("rings")) ring_.reset();
  if (ring_ && current) {
    // A profile of other line integrals would draw rings rather than remove them.
    auto plain = Epoch::make(*options_.backend, *spec);
    if (!plain) return plain.error();
    if (!(*plain)->same_line_integrals(*current)) ring_.reset();
  }
  auto epoch = make_epoch(after);
  if (!epoch) {
    ring_ = kept_ring;
    return epoch.error();
  }
  settings_ = after;
  ++state_revision_;
  const geometry::ScanGeometry g = (*epoch)->spec().geometry;
  commit(*std::move(epoch), g, /*clear=*/false);
  return {};
}

void Pipeline::set_rings(const Epoch& from, std::shared_ptr<const recon::FloatImage> profile) {
  std::lock_guard change(change_mutex_);
  if (!settings_.boolean("rings")) return;
  {
    std::lock_guard lock(mutex_);
    if (!epoch_ || epoch_.get() != &from) return;
  }
  ring_ = std::move(profile);
  open_epoch(/*clear=*/false);
}

}  // namespace slicecast::projection
