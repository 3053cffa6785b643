#include "viewer/app/session.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/clock.h"

namespace slicecast::viewer {

Session::Session(const Options& options, Mailbox& mailbox)
    : slices(options.client, options.observe),
      history({}),
      connection({.service = "slice"}),
      layouts(options.window_width, options.window_height, options.font_scale),
      mailbox_(mailbox),
      facts_(options.client) {}

Result<void> Session::connect(const std::string& hub, const wire::SecurityOptions& security) {
  if (link && connected_to_ == hub) {
    connection.retry_now(steady_now_ns());
    return {};
  }
  ServerLink::Options options;
  options.hub = hub;
  options.security = security;
  options.observe = slices.observer();
  options.client = slices.client();
  auto made = ServerLink::create(options, mailbox_);
  if (!made) return made.error();
  retired_.take(std::exchange(link, *std::move(made)));
  mailbox_.take();  // of the link that was left
  forget_scene();
  link->open();
  link->wish(wish);
  connected_to_ = hub;
  connection.connect(hub, steady_now_ns());
  return {};
}

// What the servers of one hub show means nothing to those of another.
void Session::forget_scene() {
  const auto shown = slices.slices();
  for (const auto& slice : shown) forget_slice(slice.id);
  slices.forget_all();
  parameters.forget_all();
  health = Health();
  upstream.forget();
  age.forget();
  waited_ms.clear();
  producers.clear();
  preview.reset();
  thumbnail.reset();
  iso_mesh.reset();
  report.reset();
  histograms_.clear();
  early_.clear();
  early_overlays_.clear();
  newest_acquired_ns_.clear();
  contrasted_ns_.clear();
  preview_contrasted_ = camera_placed = false;
  field_.reset();
  facts_.clear();
}

void Session::advance(std::int64_t now_ns) {
  connection.advance(now_ns);
  for (const ConnectionEvent event : connection.take_events()) {
    if (event == ConnectionEvent::attempt_due && link) link->retry();
    // By then leases have lapsed: slices of ours may have to be made again.
    if (event == ConnectionEvent::became_lost) slices.link_lost();
  }
  send_requests();
}

void Session::send_requests() {
  if (!link) return;
  // An overlay that is off is not fetched either.
  std::set<std::string> off;
  for (const auto& [name, producer] : producers)
    if (!producer.style.on) off.insert(name);
  if (off != wish.overlays_off) {
    wish.overlays_off = std::move(off);
    link->wish(wish);
  }
  while (auto request = slices.next_request()) link->send(*request);
  while (auto request = parameters.next_request()) {
    v1::Request body;
    *body.mutable_set_parameters() = request->body;
    link->ask(request->service, request->ticket, std::move(body));
  }
}

bool Session::may_move() {
  if (slices.observer())
    say("observers look but do not move slices");
  else if (history.frozen())
    say("the display is frozen, so the slice stays where it is: follow again (End) to move it");
  else
    return true;
  return false;
}

void Session::move_slice(const std::string& id, const Pose& pose, std::int64_t event_ns) {
  if (!may_move()) return;
  const auto moved = slices.move(id, pose);
  if (!moved) return say(moved);
  pose_clock.wanted(id, pose, event_ns);
  send_requests();
}

ShownSlice Session::shown(const std::string& id, std::int64_t now_ns) const {
  ShownSlice shown{history.shown(id), nullptr, {}, {}};
  if (comparison.blink)
    if (auto chosen = history.chosen(*comparison.blink, id))
      return {std::move(chosen), nullptr, {}, {}};
  if (history.frozen()) {
    if (shown.image) add_kept_overlay(id, shown);
    return shown;
  }
  for (const auto& [name, producer] : producers) {
    const auto match = producer.matches.find(id);
    if (!producer.style.on || match == producer.matches.end()) continue;
    const auto drawn = match->second.draw(true, now_ns);
    if (!drawn.mark.empty()) shown.mark = drawn.mark;
    if (!drawn.overlay) continue;
    shown.image = drawn.raw;
    shown.overlay = drawn.overlay;
    shown.producer = name;
    break;
  }
  return shown;
}

// What is frozen or scrubbed follows the rule of what is live: the newest image that has an
// overlay, over that, unless it was outdated for too long by then.
void Session::add_kept_overlay(const std::string& id, ShownSlice& shown) const {
  constexpr std::size_t kMostLookedAt = 32;
  const auto images = history.shown_or_before(id, kMostLookedAt, OverlayMatch::kPatience_ns);
  for (const auto& [name, producer] : producers) {
    if (!producer.style.on) continue;
    for (const SliceVersionPtr& image : images)
      if (auto overlay = producer.kept.of(id, image->header.stamp())) {
        shown = {image, std::move(overlay), name, {}};
        return;
      }
  }
}

std::string Session::who(const std::string& author) const {
  if (author == slices.client()) return "you";
  const ServiceReport* server = report ? report->of_kind("slice") : nullptr;
  return author.empty() || (server != nullptr && server->service.name() == author) ? "the server"
                                                                                   : author;
}

const Histogram* Session::histogram_of(const std::string& id) const {
  const auto found = histograms_.find(id);
  return found == histograms_.end() ? nullptr : &found->second->histogram;
}

SliceVersionPtr Session::measured(const std::string& id) const {
  const auto found = histograms_.find(id);
  return found == histograms_.end() ? nullptr : found->second->version;
}

std::optional<geometry::FieldOfView> Session::field() const {
  return field_;
}

Box Session::bounds() const {
  if (field_)
    if (const auto box = box_of(*field_)) return *box;
  if (preview && !preview->volume().empty()) return box_of(preview->volume());
  std::optional<Box> all;
  for (const auto& slice : slices.slices()) {
    const Vec3 corner = slice.pose.base, other = corner + slice.pose.axis1 + slice.pose.axis2;
    const Box box{
        {std::min(corner.x, other.x), std::min(corner.y, other.y), std::min(corner.z, other.z)},
        {std::max(corner.x, other.x), std::max(corner.y, other.y), std::max(corner.z, other.z)}};
    all = all ? united(*all, box) : box;
  }
  return all.value_or(Box{{-1, -1, -1}, {1, 1, 1}});
}

double Session::voxel_mm() const {
  if (const SceneSlice* slice = selected(); slice != nullptr && slice->columns > 0)
    return geometry::norm(slice->pose.axis1) / slice->columns;
  return diagonal_of(bounds()) / 512;
}

std::optional<double> Session::axis_in_use(const std::string& service) const {
  const ServiceReport* entry = report ? report->named(service) : nullptr;
  if (entry == nullptr || !entry->status) return std::nullopt;
  const auto gauge = entry->status->gauges().find("slicecast_projection_axis_column");
  return gauge == entry->status->gauges().end() ? std::nullopt : std::optional(gauge->second);
}

ConnectionView Session::link_view(std::int64_t now_ns) const {
  return with_upstream(connection.view(now_ns), upstream.trouble(now_ns, health.scan_ended()));
}

std::string Session::length_unit() const {
  for (const auto& slice : slices.slices())
    if (const auto newest = history.newest(slice.id))
      return length_unit_of(newest->header.value_unit());
  return preview ? length_unit_of(preview->header.value_unit()) : "mm";
}

std::string Session::value_unit(const std::string& slice) const {
  const auto image = history.newest(slice);
  const std::string unit = image ? image->header.value_unit() : "";
  return unit.empty() ? "1/mm" : unit == "1/pixel" ? "1/px" : unit;
}

void Session::say(std::string text) {
  message = std::move(text);
  message_ns = steady_now_ns();
}

void Session::say(const Result<void>& outcome) {
  if (!outcome) say(outcome.error().message);
}

void Session::place_camera() {
  const Box box = bounds();
  if (camera_placed)
    camera.set_bounds(box);
  else
    camera.reset(box);
  camera_placed = true;
}

}  // namespace slicecast::viewer
