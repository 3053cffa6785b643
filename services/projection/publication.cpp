#include "services/projection/publication.h"

#include <algorithm>

#include "common/ingest/pixel_proto.h"

namespace slicecast::projection {
namespace {

constexpr int kTidyInterval = 8;     // messages
constexpr int kIdsPerUpdate = 8192;  // keeps a header well under its cap

void set_field(const geometry::FieldOfView& field, v1::FieldOfView& message) {
  message.set_radius_mm(field.radius_mm);
  message.set_z_min_mm(field.z_min_mm);
  message.set_z_max_mm(field.z_max_mm);
}

}  // namespace

void Publication::start_epoch(const Epoch& epoch, const geometry::ScanGeometry& g, bool refilter,
                              bool clear) {
  const EpochSpec& spec = epoch.spec();
  scan_id_ = spec.scan_id;
  epoch_ = epoch.number;
  ++geometry_revision_;
  const std::uint64_t group = spec.window.group_size;
  // An alternating window shows the last whole group while the next one fills; a sliding one needs
  // some slack for frames out of order.
  kept_ids_ = spec.window.mode == v1::ALTERNATING ? 2 * group
                                                  : group + std::max<std::uint64_t>(group / 4, 16);

  v1::BulkHeader header;
  v1::FilteredStart& start = *header.mutable_filtered_start();
  start.set_scan_id(scan_id_);
  start.set_epoch(epoch_);
  start.set_geometry_revision(geometry_revision_);
  start.mutable_window()->set_mode(spec.window.mode);
  start.mutable_window()->set_coverage(to_proto(spec.window.coverage));
  start.mutable_window()->set_group_size(spec.window.group_size);
  start.set_period_rad(spec.window.period_rad);
  start.set_beam(g.beam == geometry::Beam::cone ? v1::CONE : v1::PARALLEL);
  set_field(epoch.field_of_view(g), *start.mutable_field_of_view());
  start.set_pixel_size_known(g.pixel_size_known);
  start.set_pixel_at_axis_mm(geometry::pixel_at_axis_mm(g) * spec.parameters.binning);
  start.set_laminography_cosine(geometry::tilt_cosine(g));
  start.set_rows(static_cast<std::uint32_t>(epoch.layout().rows));
  start.set_columns(static_cast<std::uint32_t>(epoch.layout().columns));
  start.set_refilter(refilter);
  start.set_parameters_json(spec.parameters_json);
  start.set_values_uncertain(epoch.layout().edge_tapered);
  start.set_angle_step_rad(spec.window.step_rad);

  start_ = std::move(header);
  update_.clear();
  uncertain_owed_ = false;
  set_preamble();
  start_sequence_ = producer_.publish(start_, nullptr);
  if (!clear) return;
  newest_ = 0;
  forget_until(start_sequence_);
}

void Publication::projection(const FilteredImage& image) {
  v1::BulkHeader header;
  v1::PixelFormat& format = *header.mutable_pixels();
  const auto& start = start_.filtered_start();
  format = ingest::pixel_format(image.type, static_cast<int>(start.rows()),
                                static_cast<int>(start.columns()));
  format.set_scale(image.scale);
  v1::FilteredProjection& filtered = *header.mutable_filtered();
  filtered.set_scan_id(scan_id_);
  filtered.set_id(image.id);
  filtered.set_epoch(epoch_);
  filtered.set_geometry_revision(geometry_revision_);
  filtered.set_angle_rad(image.angle_rad);
  filtered.mutable_matrix()->Add(image.matrix.m.begin(), image.matrix.m.end());
  filtered.set_acquired_ns(image.acquired_ns);
  filtered.set_refiltered(image.refiltered);
  wire::PixelsOnCard on_card;
  if (image.on_card != nullptr) {
    const recon::CardPlace& place = image.on_card->place();
    *on_card.place.mutable_format() = format;
    on_card.place.set_handle(place.handle);
    on_card.place.set_allocation_bytes(place.allocation_bytes);
    on_card.place.set_offset_bytes(place.offset_bytes);
    on_card.place.set_row_stride_bytes(place.row_stride_bytes);
    on_card.image = image.on_card;
  }
  const std::uint64_t sequence =
      producer_.publish(std::move(header), image.pixels, std::move(on_card));

  in_ring_.push_back({sequence, image.id});
  View& view = views_[image.id];
  view.angle_rad = image.angle_rad;
  view.sent_matrix = image.sent_matrix;
  ++view.copies;
  newest_ = std::max(newest_, image.id);
  slide_ring();
}

bool Publication::wanted_on_card() const {
  const auto consumers = producer_.consumers();
  return std::ranges::any_of(consumers, &wire::BulkProducer::Consumer::shares_card);
}

void Publication::epoch_ready() {
  v1::BulkHeader header;
  header.mutable_epoch_ready()->set_scan_id(scan_id_);
  header.mutable_epoch_ready()->set_epoch(epoch_);
  producer_.publish(std::move(header), nullptr);
  // Everything older has been repeated. Whoever joins later finds EpochReady gone one day and must
  // not wait for it.
  start_.mutable_filtered_start()->set_refilter(false);
  set_preamble();
  forget_until(start_sequence_);
  if (uncertain_owed_) producer_.publish(start_, nullptr);
  uncertain_owed_ = false;
}

void Publication::update_geometry(const Epoch& epoch, const geometry::ScanGeometry& g,
                                  const ProjectionMatrices& matrices) {
  ++geometry_revision_;
  const auto field = epoch.field_of_view(g);
  update_.clear();
  auto next = views_.begin();
  do {
    v1::GeometryUpdate& update = *update_.emplace_back().mutable_geometry_update();
    update.set_scan_id(scan_id_);
    update.set_geometry_revision(geometry_revision_);
    set_field(field, *update.mutable_field_of_view());
    update.set_laminography_cosine(geometry::tilt_cosine(g));
    for (int n = 0; n < kIdsPerUpdate && next != views_.end(); ++n, ++next) {
      const auto matrix =
          matrices.matrix(next->first, next->second.angle_rad, next->second.sent_matrix);
      if (!matrix) continue;
      update.add_id(next->first);
      update.mutable_matrix()->Add(matrix->m.begin(), matrix->m.end());
    }
  } while (next != views_.end());
  for (const auto& header : update_) producer_.publish(header, nullptr);
  v1::FilteredStart& start = *start_.mutable_filtered_start();
  start.set_geometry_revision(geometry_revision_);
  start.set_laminography_cosine(geometry::tilt_cosine(g));
  set_field(field, *start.mutable_field_of_view());
  set_preamble();
}

void Publication::end_scan() {
  v1::BulkHeader header;
  header.mutable_filtered_end()->set_scan_id(scan_id_);
  producer_.publish(std::move(header), nullptr);
}

void Publication::set_values_uncertain() {
  v1::FilteredStart& start = *start_.mutable_filtered_start();
  if (start.values_uncertain()) return;
  start.set_values_uncertain(true);
  set_preamble();
  // A start that says `refilter` again would begin the window anew.
  uncertain_owed_ = start.refilter();
  if (!uncertain_owed_) producer_.publish(start_, nullptr);
}

void Publication::set_preamble() {
  std::vector<v1::BulkHeader> headers{start_};
  headers.insert(headers.end(), update_.begin(), update_.end());
  producer_.set_preamble(std::move(headers));
}

void Publication::slide_ring() {
  std::uint64_t oldest_needed = 0;
  // The second bound holds when ids come in any order: an old message then may hide many others.
  while (!in_ring_.empty() &&
         (in_ring_.front().id + kept_ids_ <= newest_ || in_ring_.size() > 8 * kept_ids_ + 1024)) {
    const Sent gone = in_ring_.front();
    in_ring_.pop_front();
    oldest_needed = gone.sequence + 1;
    const auto view = views_.find(gone.id);
    if (view != views_.end() && --view->second.copies == 0) views_.erase(view);
  }
  useless_before_ = std::max(useless_before_, oldest_needed);
  if (++since_tidied_ >= kTidyInterval) tidy();
}

void Publication::forget_until(std::uint64_t sequence) {
  while (!in_ring_.empty() && in_ring_.front().sequence < sequence) {
    const auto view = views_.find(in_ring_.front().id);
    if (view != views_.end() && --view->second.copies == 0) views_.erase(view);
    in_ring_.pop_front();
  }
  useless_before_ = std::max(useless_before_, sequence);
  tidy();
}

// Whoever is connected and a little behind gets all messages as far as the ring's bytes go; only
// who comes new is to find nothing but the window.
void Publication::tidy() {
  since_tidied_ = 0;
  if (useless_before_ <= forgotten_before_) return;
  std::uint64_t sequence = useless_before_;
  for (const auto& consumer : producer_.consumers())
    sequence = std::min(sequence, consumer.next_sequence);
  if (sequence <= forgotten_before_) return;
  producer_.forget_before(sequence);
  forgotten_before_ = sequence;
}

}  // namespace slicecast::projection
