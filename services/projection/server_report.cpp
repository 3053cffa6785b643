// What the projection server tells about itself: gauges, telemetry, facts, health, the axis.
#include <condition_variable>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "services/projection/server.h"

namespace slicecast::projection {
namespace {

using metrics::Kind;
using metrics::MetricInfo;
using namespace std::chrono_literals;

constexpr MetricInfo kIngest{"slicecast_projection_ingest_mb_per_s", Kind::gauge,
                             "Raw pixels received, last second"};
constexpr MetricInfo kRate{"slicecast_projection_frames_per_s", Kind::gauge,
                           "Frames received, last second"};
constexpr MetricInfo kAxis{"slicecast_projection_axis_offer_column", Kind::gauge,
                           "Rotation axis found last, column; -1: none yet"};
constexpr MetricInfo kInUse{
    "slicecast_projection_axis_column", Kind::gauge,
    "Rotation axis in use, column; -1: no scan, or one of measured vectors"};
constexpr MetricInfo kScore{"slicecast_projection_axis_score", Kind::gauge,
                            "Share by which that axis is better than the one in use"};
constexpr MetricInfo kQueued{"slicecast_projection_queued_frames", Kind::gauge,
                             "Raw frames waiting to be filtered"};
constexpr MetricInfo kRaw{"slicecast_projection_raw_window_bytes", Kind::gauge,
                          "Raw frames kept for filtering again"};
constexpr MetricInfo kRing{"slicecast_projection_ring_bytes", Kind::gauge,
                           "Filtered projections kept for consumers"};
constexpr MetricInfo kRefilter{"slicecast_projection_refilter_remaining_frames", Kind::gauge,
                               "Frames still to be filtered again under the newest epoch"};
constexpr MetricInfo kEpoch{"slicecast_projection_epoch", Kind::gauge,
                            "Rises when pixel parameters or flats change"};
constexpr MetricInfo kLate{"slicecast_projection_late_frames", Kind::gauge,
                           "Projections of this scan that came after they counted as missing"};
constexpr MetricInfo kSkipped{"slicecast_projection_skipped_frames", Kind::gauge,
                              "Projections of a source joined late that no window needs any more"};
constexpr MetricInfo kClamped{"slicecast_projection_clamped_pixels", Kind::gauge,
                              "Transmissions below minimum_transmission"};
constexpr MetricInfo kZingers{"slicecast_projection_zinger_pixels", Kind::gauge,
                              "Zingers replaced"};
constexpr MetricInfo kInterpolated{"slicecast_projection_interpolated_pixels", Kind::gauge,
                                   "Bad pixels interpolated"};
constexpr MetricInfo kClipped{"slicecast_projection_clipped_values", Kind::gauge,
                              "Filtered values beyond the range of half precision"};

constexpr MetricInfo kHandedOver{
    "slicecast_projection_handed_over", Kind::gauge,
    "Filtered projections given to consumers inside the memory of the card that both compute on"};
constexpr MetricInfo kNotShared{
    "slicecast_projection_not_shared", Kind::gauge,
    "Filtered projections sent as pixels because the card had no room for shared images"};

constexpr auto kAxisWait = 1500ms;

}  // namespace

void Server::add_gauges() {
  registry_.gauge(kIngest) = 0;
  registry_.gauge(kRate) = 0;
  const auto status = [this](const MetricInfo& info, double (*read)(const PipelineStatus&)) {
    registry_.add_gauge(info, [this, read] { return read(pipeline_->status()); });
  };
  status(kQueued, [](const PipelineStatus& s) { return static_cast<double>(s.queued); });
  status(kRaw, [](const PipelineStatus& s) { return static_cast<double>(s.raw_bytes); });
  status(kRefilter,
         [](const PipelineStatus& s) { return static_cast<double>(s.refilter_remaining); });
  status(kEpoch, [](const PipelineStatus& s) { return static_cast<double>(s.epoch); });
  status(kInUse, [](const PipelineStatus& s) { return s.axis_column; });
  status(kLate, [](const PipelineStatus& s) { return static_cast<double>(s.late); });
  status(kSkipped, [](const PipelineStatus& s) { return static_cast<double>(s.skipped); });
  status(kClamped, [](const PipelineStatus& s) { return static_cast<double>(s.pixels.clamped); });
  status(kZingers, [](const PipelineStatus& s) { return static_cast<double>(s.pixels.zingers); });
  status(kInterpolated,
         [](const PipelineStatus& s) { return static_cast<double>(s.pixels.interpolated); });
  status(kClipped, [](const PipelineStatus& s) { return static_cast<double>(s.pixels.clipped); });
  status(kNotShared, [](const PipelineStatus& s) { return static_cast<double>(s.not_shared); });
  registry_.add_gauge(kHandedOver, [this] { return static_cast<double>(bulk_->handed_over()); });
  registry_.add_gauge(kRing, [this] { return static_cast<double>(bulk_->ring_bytes_used()); });
  registry_.add_gauge(kAxis, [this] {
    const auto finding = this->finding();
    return finding ? finding->offer.column : -1.0;
  });
  registry_.add_gauge(kScore, [this] {
    const auto finding = this->finding();
    return finding ? finding->gain : 0.0;
  });
}

void Server::tell(std::stop_token stop) {
  name_thread("telemetry");
  std::mutex mutex;
  std::condition_variable_any wake;
  std::int64_t last = steady_now_ns();
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    wake.wait_for(lock, stop, 1s, [] { return false; });
    if (stop.stop_requested()) return;
    const std::int64_t now = steady_now_ns();
    publish_telemetry(static_cast<double>(now - last) * 1e-9);
    last = now;
  }
}

void Server::publish_telemetry(double seconds) {
  const auto counts = source_->counts();
  registry_.gauge(kIngest) = static_cast<double>(counts.bytes - told_bytes_) * 1e-6 / seconds;
  registry_.gauge(kRate) = static_cast<double>(counts.frames - told_frames_) / seconds;
  told_bytes_ = counts.bytes;
  told_frames_ = counts.frames;
  if (!feed_->wanted("telemetry")) return;
  v1::FeedHeader header;
  v1::Telemetry& telemetry = *header.mutable_telemetry();
  telemetry.set_service(settings_.text("name"));
  for (const auto& ledger : registry_.ledgers())
    *telemetry.add_ledgers() = service::to_proto(ledger);
  for (const auto& [name, value] : registry_.gauges()) (*telemetry.mutable_gauges())[name] = value;
  feed_->publish("telemetry", std::move(header), nullptr);
}

std::map<std::string, std::string> Server::facts() const {
  const PipelineStatus status = pipeline_->status();
  std::map<std::string, std::string> facts{
      {"backend", computing_.backend->description()},
      {"store", compute::to_string(computing_.store)},
      {"threads", std::to_string(computing_.threads)},
      {"scan_id", status.scan_id},
      {"scan", status.scan_id.empty() ? "none"
               : status.scan_ended    ? "ended"
                                      : "running"},
      {"epoch", std::to_string(status.epoch)},
      {"geometry_revision", std::to_string(status.geometry_revision)},
      {"group_size", std::to_string(status.window.group_size)},
      {"darks", std::to_string(status.darks)},
      {"flats", std::to_string(status.flats)},
      {"raw_window_frames", std::to_string(status.raw_frames)}};
  facts.insert(status.geometry.begin(), status.geometry.end());
  return facts;
}

std::optional<AxisFinding> Server::finding() const {
  return serving_ ? background_->finding() : std::nullopt;
}

std::string Server::health() const {
  if (!serving_) return "starting";
  if (const auto status = pipeline_->status(); !status.problem.empty()) return status.problem;
  // A scan that is over needs no source to be looked at.
  if (source_->state() == wire::LinkState::live || pipeline_->status().scan_ended)
    return state_writes_.trouble();
  const std::string& recastx = settings_.text("recastx");
  return "no contact with '" + (recastx.empty() ? settings_.text("source") : recastx) +
         "'; is the source running?";
}

Result<void> Server::handle(const v1::Request& request, v1::Reply& reply) {
  if (request.body_case() != v1::Request::kFindAxis)
    return Error{Errc::unsupported, "the projection server has no such request; see control.proto"};
  if (!serving_) return Error{Errc::unavailable, "the projection server is starting; ask again"};
  const auto deadline = std::min<std::chrono::milliseconds>(
      request.deadline_ms() > 0 ? std::chrono::milliseconds(request.deadline_ms()) * 3 / 4
                                : kAxisWait,
      kAxisWait);
  auto found = background_->find_now(deadline);
  if (!found) {
    // What was found a moment ago is better than an excuse.
    const auto earlier = background_->finding();
    if (!earlier || found.error().code == Errc::unsupported) return found.error();
    found = *earlier;
  }
  v1::AxisOffer& axis = *reply.mutable_axis();
  axis.set_axis_column(found->offer.column);
  axis.set_score(found->gain);
  axis.set_uncertainty_px(found->offer.uncertainty_px);
  axis.set_method(recon::to_string(found->offer.method));
  axis.set_projections(found->projections);
  return {};
}

}  // namespace slicecast::projection
