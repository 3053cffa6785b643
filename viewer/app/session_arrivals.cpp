// What the network threads have brought, on its way into the view models.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "common/base/clock.h"
#include "common/wire/pose.h"
#include "viewer/app/session.h"
#include "viewer/link/session_facts.h"

namespace slicecast::viewer {
namespace {

constexpr std::size_t kMostEarly = 16, kMostWaited = 1024;

bool same(const std::optional<geometry::FieldOfView>& a, const geometry::FieldOfView& b) {
  return a && a->radius_mm == b.radius_mm && a->z_min_mm == b.z_min_mm && a->z_max_mm == b.z_max_mm;
}

}  // namespace

Redraw Session::take_arrivals() {
  Redraw asked = Redraw::no;
  const auto arrivals = mailbox_.take();
  for (const auto& arrival : arrivals)
    asked = std::max(asked, std::visit([this](const auto& it) { return take(it); }, arrival));
  if (!arrivals.empty()) send_requests();
  return asked;
}

Redraw Session::take(const SliceFramePtr& frame) {
  const SliceVersionPtr& version = frame->version;
  const std::string& id = frame->id();
  connection.heard(version->instance, version->arrived_ns);
  if (!slices.find(id)) {
    if (early_.size() < kMostEarly || early_.contains(id)) early_[id] = frame;
    return Redraw::soon;
  }
  facts_.arrived(version->header.stamp(), version->held);
  ++images_received;
  images_bytes += frame->wire_bytes;
  history.push(id, version);
  for (auto& [name, producer] : producers) producer.matches[id].raw(version);
  if (const auto field = wire::field_of(version->header.field_of_view())) {
    const bool changed = !same(field_, *field);
    field_ = field;
    if (changed) place_camera();
  }
  health.slice_shown(version->header, steady_now_ns());
  return Redraw::soon;
}

// A slice that was only moved or added brings no newer data and says nothing about their age.
void Session::note_age(const std::string& id, const SliceVersion& image, std::int64_t swap_ns) {
  if (history.frozen()) return;
  age.stands(image.header.stamp().acquired_ns());
  const std::int64_t acquired = image.header.stamp().acquired_ns();
  std::int64_t& newest = newest_acquired_ns_[id];
  if (acquired <= newest) return;
  if (std::exchange(newest, acquired) == 0) return;
  age.shown(acquired, now_ns());
  waited_ms.push_back(1e-6 * static_cast<double>(swap_ns - image.arrived_ns));
  if (waited_ms.size() > kMostWaited) waited_ms.pop_front();
}

Redraw Session::take(const PreviewFramePtr& frame) {
  connection.heard(frame->instance, steady_now_ns());
  // Another sample may absorb more or less by far.
  if (preview && preview->header.stamp().scan_id() != frame->header.stamp().scan_id())
    preview_contrasted_ = false;
  preview = frame;
  facts_.arrived(frame->header.stamp(), frame->held);
  if (!preview_contrasted_ && frame->header.projections() > 0 &&
      intensities.contrast_once(kPreviewIntensity, frame->histogram))
    preview_contrasted_ = !frame->header.filling();
  if (!camera_placed) place_camera();
  return Redraw::soon;
}

Redraw Session::take(const ThumbnailFramePtr& frame) {
  thumbnail = frame;
  return Redraw::soon;
}

Redraw Session::take(const OverlayFramePtr& frame) {
  const std::int64_t now = steady_now_ns();
  ++overlays_received;
  if (!frame->problem.empty()) {
    health.overlay_refused(frame->service, frame->problem, now);
    return Redraw::soon;
  }
  // Of a slice that is not listed yet, or not any more.
  if (!slices.find(frame->slice_id)) {
    const std::string key = frame->service + "/" + frame->slice_id;
    if (early_overlays_.size() < kMostEarly || early_overlays_.contains(key))
      early_overlays_[key] = frame;
    return Redraw::no;
  }
  Producer& producer = producers[frame->service];
  const auto [match, is_new] = producer.matches.try_emplace(frame->slice_id);
  // A producer heard for the first time may have worked on the image that is there.
  if (is_new)
    if (const auto newest = history.newest(frame->slice_id)) match->second.raw(newest);
  if (auto matched = match->second.result(frame->image); !matched)
    health.overlay_refused(frame->service, matched.error().message, now);
  // While frozen nothing is kept that scrubbing cannot come to: it would displace what it can.
  else if (!history.frozen() || history.holds(frame->slice_id, frame->image->input()))
    producer.kept.push(frame->slice_id, frame->image);
  producer.values = frame->image->header.has_values();
  if (producer.values) {
    const v1::ValueImage& values = frame->image->header.values();
    producer.warning = values.warning();
    producer.quantity = values.quantity();
    producer.unit = values.unit();
    producer.proposed = proposed_limits(*frame->image);
  }
  if (frame->image->header.has_labels()) {
    const auto& labels = frame->image->header.labels();
    producer.style.declare(labels);
    producer.model = labels.model();
    producer.warning = labels.warning();
    producer.fractions[frame->slice_id].add(labels.input().acquired_ns(), frame->counts);
  }
  health.overlay_shown(frame->service, frame->image->processing_ms(), now);
  return Redraw::soon;
}

Redraw Session::take(const SliceHistogramPtr& measured) {
  const std::string& id = measured->id;
  if (!slices.find(id)) return Redraw::no;
  const auto before = histograms_.find(id);
  const double seconds = before == histograms_.end() || !before->second->version
                             ? 0.1
                             : 1e-9 * static_cast<double>(measured->version->arrived_ns -
                                                          before->second->version->arrived_ns);
  histograms_[id] = measured;
  const Intensity limits = intensities.of(id);
  // Until the first window is full the values grow; then the limits stay until somebody asks.
  auto& contrasted = contrasted_ns_[id];
  const bool filling = measured->version->header.filling();
  if (contrasted == 0 && measured->version->header.projections() > 0) {
    if (intensities.contrast_once(id, measured->histogram) && !filling)
      contrasted = measured->version->arrived_ns;
  }
  intensities.update(id, measured->histogram, seconds);
  return intensities.of(id) == limits ? Redraw::soon : Redraw::now;
}

Redraw Session::take(const SceneArrival& arrival) {
  connection.heard(arrival.instance, steady_now_ns());
  const auto before = slices.slices();
  slices.merge(arrival.scene, arrival.instance);
  // A server that lost its memory tells of no removal.
  for (const auto& slice : before)
    if (!slices.find(slice.id)) forget_slice(slice.id);
  if (slices.selected().empty() && !slices.slices().empty())
    slices.select(slices.slices().front().id);
  for (auto early = std::exchange(early_, {}); const auto& [id, frame] : early) take(frame);
  for (auto early = std::exchange(early_overlays_, {}); const auto& [key, frame] : early)
    take(frame);
  return Redraw::now;
}

Redraw Session::take(const SliceGone& gone) {
  forget_slice(gone.id);
  return Redraw::now;
}

void Session::forget_slice(const std::string& id) {
  history.remove(id);
  early_.erase(id);
  histograms_.erase(id);
  contrasted_ns_.erase(id);
  newest_acquired_ns_.erase(id);
  pose_clock.forget(id);
  intensities.erase(id);
  for (auto& [name, producer] : producers) {
    early_overlays_.erase(name + "/" + id);
    producer.matches.erase(id);
    producer.kept.remove(id);
    producer.fractions.erase(id);
  }
}

// Names come and go, so what is kept by name would grow for ever. An overlay's choices outlive a
// restart of its plugin; its figures go at once, since a plugin that is not there takes no time.
void Session::forget_those_who_left() {
  std::set<std::string> listed, kept;
  for (const auto& entry : report->services) listed.insert(entry.service.name());
  for (const auto& [name, producer] : producers) kept.insert(name);
  for (const auto& name : parameters.services()) {
    kept.insert(name);
    if (!listed.contains(name)) parameters.gone(name);
  }
  health.keep(listed);
  for (const auto& name : absence_.over(kept, listed, steady_now_ns())) {
    producers.erase(name);
    parameters.forget(name);
  }
}

Redraw Session::take(const SliceAnswer& answer) {
  if (!answer.reply) {
    slices.failed(answer.ticket, answer.reply.error());
    const Errc code = answer.reply.error().code;
    const bool lost =
        code == Errc::deadline_exceeded || code == Errc::unavailable || code == Errc::cancelled;
    if (!lost) say(answer.reply.error().message);
    return Redraw::now;
  }
  if (answer.reply->has_slice())
    slices.answered(answer.ticket, answer.reply->slice());
  else
    slices.answered(answer.ticket);
  return Redraw::now;
}

Redraw Session::take(const ServiceAnswer& answer) {
  if (!answer.reply) {
    parameters.answered(answer.ticket, answer.reply.error());
    say(answer.reply.error().message);
  } else if (answer.reply->has_parameters()) {
    parameters.answered(answer.ticket, answer.reply->parameters());
  }
  return Redraw::panels;
}

Redraw Session::take(const ReportPtr& arrived) {
  report = arrived;
  facts_.told(session_facts(*report, slices.client()));
  const std::int64_t now = steady_now_ns();
  const ServiceReport* slice = report->of_kind("slice");
  if (report->feed_state == wire::LinkState::live && slice != nullptr)
    connection.heard(slice->service.instance(), now);
  if (slice != nullptr && link && (recent.list().empty() || recent.list().front() != report->hub))
    recent.use(report->hub);
  if (report->hub_problem) connection.failed(report->hub_problem->message, now);
  forget_those_who_left();
  bool ended = false, told = false;
  upstream.begin();
  for (const auto& entry : report->services) {
    if (entry.status) upstream.answers(entry.service.kind(), entry.service.name(), now);
    if (entry.service.kind() == "projection" && entry.status) {
      told = true;
      const auto scan = entry.status->facts().find("scan");
      ended = ended || (scan != entry.status->facts().end() && scan->second == "ended");
    }
    if (entry.status) health.status(*entry.status, now);
    if (entry.parameters)
      parameters.received(entry.service.name(), entry.service.instance(), *entry.parameters);
    if (entry.service.kind() == "source" && entry.clock.known)
      age.set_clock(entry.clock.offset_ns, entry.clock.error_ns, true);
  }
  health.own_feed("slices", images_received, report->feed_superseded, report->feed_bad,
                  report->feed_problem, now);
  // A projection server that left after the scan takes nothing of that back.
  if (told) health.scan_ended(ended);
  health.frozen(history.frozen());
  health.age(age.figures(now_ns()));
  return Redraw::panels;
}

}  // namespace slicecast::viewer
