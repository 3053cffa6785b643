// The slice server's side of the bulk link: what the projection server sends, and the account of
// it.
#include <pthread.h>

#include "common/log/log.h"
#include "services/slice/messages.h"
#include "services/slice/server.h"

namespace slicecast::slice {

using namespace std::chrono_literals;

namespace {

constexpr metrics::MetricInfo kFromCard{
    "slicecast_slice_projections_on_card_total", metrics::Kind::counter,
    "Projections copied on the card that the projection server computes on too"};
constexpr metrics::MetricInfo kNotMapped{
    "slicecast_slice_card_refusals_total", metrics::Kind::counter,
    "Times that projections on the card could not be read, and came as pixels instead"};

}  // namespace

void Server::receive(std::stop_token stop) {
  pthread_setname_np(pthread_self(), "slice-receive");
  while (!stop.stop_requested()) {
    const auto message = projections_.take(200ms);
    const wire::LinkState state = projections_.state();
    engine_->set_link_stale(!scan_ended_ && state == wire::LinkState::stale);
    if (const std::uint64_t lost = projections_.take_lost(); lost > 0)
      ledger_->receive_and_drop(metrics::Drop::fell_off_ring, lost);
    if (!message) continue;
    take(*message);
    if (projections_.caught_up(*message)) engine_->restored();
  }
}

void Server::take(const wire::BulkMessage& message) {
  const v1::BulkHeader& header = message.header;
  switch (header.payload_case()) {
    case v1::BulkHeader::kFilteredStart: take_start(message); return;
    case v1::BulkHeader::kFiltered: take_projection(message); return;
    case v1::BulkHeader::kEpochReady:
      if (header.epoch_ready().scan_id() == engine_->scan_id())
        engine_->epoch_ready(header.epoch_ready().epoch());
      return;
    case v1::BulkHeader::kGeometryUpdate: {
      if (header.geometry_update().scan_id() != engine_->scan_id()) return;
      auto change = geometry_change(header.geometry_update());
      if (!change) {
        if (log::every("slice-geometry", 5)) spdlog::error("{}", change.error().message);
        return;
      }
      engine_->update_geometry(change->revision, change->field, change->ids, change->matrices,
                               change->weight_factor);
      take_geometry(header.geometry_update());
      return;
    }
    case v1::BulkHeader::kFilteredEnd:
      if (header.filtered_end().scan_id() != engine_->scan_id()) return;
      scan_ended_ = true;
      account_.end(0);
      ledger_->set_missing(account_.expected(), account_.missing());
      engine_->end();
      scan_.set_ended(true);
      publish_scan();
      return;
    default: ledger_->receive_and_drop(metrics::Drop::bad_header);
  }
}

void Server::take_start(const wire::BulkMessage& message) {
  auto start = stream_start(message.header.filtered_start());
  if (!start) {
    if (log::every("slice-start", 5)) spdlog::error("{}", start.error().message);
    return;
  }
  start->new_stream = message.header.instance() != producer_;
  producer_ = message.header.instance();
  scan_ended_ = false;
  begin_account(*start);
  engine_->start(*start);
  place_initial_slices();
  *scan_.mutable_start() = message.header.filtered_start();
  scan_.set_ended(false);
  publish_scan();
}

// One change of geometry may come in several updates, of which each knows some of the projections.
void Server::take_geometry(const v1::GeometryUpdate& update) {
  v1::FilteredStart& start = *scan_.mutable_start();
  if (update.geometry_revision() == start.geometry_revision()) return;
  start.set_geometry_revision(update.geometry_revision());
  *start.mutable_field_of_view() = update.field_of_view();
  start.set_laminography_cosine(update.laminography_cosine());
  publish_scan();
}

void Server::publish_scan() {
  v1::FeedHeader header;
  *header.mutable_scan() = scan_;
  feed_->publish("scan", std::move(header), nullptr);
}

// A new epoch of the same scan sends ids again that are accounted for.
void Server::begin_account(const StreamStart& start) {
  if (start.new_stream || start.scan_id != accounted_scan_) {
    account_ = metrics::FrameAccount(start.rules.group_size);
    accounted_scan_ = start.scan_id;
    ledger_->set_missing(0, 0);
  }
  account_.set_reorder_window(start.rules.group_size);
}

// Whether it can be used or not: what came is not missing.
void Server::arrived(std::uint64_t id) {
  account_.arrive(id);
  ledger_->set_missing(account_.expected(), account_.missing());
}

void Server::take_projection(const wire::BulkMessage& message) {
  const v1::FilteredProjection& projection = message.header.filtered();
  const recon::Backend& backend = engine_->backend();
  const bool on_card = message.header.has_card_pixels();
  Result<recon::StoredImagePtr> image = recon::StoredImagePtr();
  if (on_card) image = stored_image(backend, computing_.store, message);
  if (!image && !backend.failure()) {
    // Not received yet: it comes again as pixels.
    if (log::every("slice-card", 5))
      spdlog::warn("projections come as pixels instead of on the card: {}", image.error().message);
    ++registry_.counter(kNotMapped);
    projections_.go_on_without_card(message);
    return;
  }
  if (on_card && image) ++registry_.counter(kFromCard);
  ledger_->receive();
  if (!engine_->has_scan() || projection.scan_id() != engine_->scan_id()) {
    ledger_->drop(metrics::Drop::wrong_scan);
    return;
  }
  arrived(projection.id());
  auto entry = entry_of(projection);
  if (!entry) {
    if (log::every("slice-entry", 5)) spdlog::error("{}", entry.error().message);
    ledger_->drop(metrics::Drop::bad_header);
    return;
  }
  if (!on_card) image = stored_image(backend, computing_.store, message);
  if (!image && !backend.failure()) {
    if (log::every("slice-image", 5)) spdlog::error("{}", image.error().message);
    ledger_->drop(metrics::Drop::bad_size);
    return;
  }
  switch (engine_->add(std::move(*entry), image ? std::move(*image) : nullptr, &backend)) {
    case Inserted::late: ledger_->drop(metrics::Drop::late); return;
    case Inserted::duplicate: ledger_->drop(metrics::Drop::duplicate); return;
    case Inserted::failed: ledger_->drop(metrics::Drop::failed); return;
    case Inserted::shed:
      if (log::every("slice-shed", 10))
        spdlog::warn(
            "the projection store is over its budget: it keeps {} projections and leaves out "
            "others "
            "evenly; raise `memory`, bin the projections or choose a smaller region",
            engine_->window_size());
      ledger_->drop(metrics::Drop::shed_by_policy);
      return;
    default: ledger_->finish();
  }
}

}  // namespace slicecast::slice
