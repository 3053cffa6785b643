#include "viewer/link/server_link.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/clock.h"
#include "viewer/link/decode.h"

namespace slicecast::viewer {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoseDeadline{1000}, kRenew{2500};
constexpr std::size_t kIdlePixels = std::size_t{64} << 20;
constexpr std::size_t kMaxAskers = 32, kMaxPlugins = 32;

const v1::Service* of_kind(const std::vector<v1::Service>& services, const std::string& kind) {
  for (const auto& service : services)
    if (service.kind() == kind) return &service;
  return nullptr;
}

// Of two bounds, where 0 is none.
template <class Number>
Number lower(Number a, Number b) {
  return a == 0 || (b != 0 && b < a) ? b : a;
}

}  // namespace

Result<std::unique_ptr<ServerLink>> ServerLink::create(const Options& options, Mailbox& mailbox) {
  auto context = wire::Context::create(options.security);
  if (!context) return context.error();
  auto link = std::unique_ptr<ServerLink>(new ServerLink(options, mailbox, *std::move(context)));
  auto* it = link.get();
  auto watch = ServiceWatch::create(
      *it->context_, options.hub, options.observe ? v1::OBSERVE : v1::OPERATE,
      [it](const std::vector<v1::Service>& services) { it->follow(services); },
      [it](std::shared_ptr<Report> report) {
        it->describe(*report);
        it->outlet_.post("report", ReportPtr(std::move(report)));
      });
  if (!watch) return watch.error();
  link->watch_ = *std::move(watch);
  return link;
}

void ServerLink::describe(Report& report) {
  report.feed_state = images_.state();
  const auto counts = images_.counts();
  report.feed_bytes = counts.bytes;
  report.feed_superseded = counts.superseded;
  report.feed_bad = counts.bad_header + counts.bad_size;
  const auto* slice = report.of_kind("slice");
  report.slice_server_listed = slice != nullptr;
  const auto* source = report.of_kind("source");
  std::lock_guard lock(mutex_);
  if (slice != nullptr && slice->clock.known) budget_.set_round_trip(2 * slice->clock.error_ns);
  if (source != nullptr && source->clock.known) clock_offset_ns_ = source->clock.offset_ns;
  if (budget_.advance(steady_now_ns())) ask_for_images();
  report.feed_bad += refused_;
  report.feed_problem = refused_why_;
  report.link = {budget_.choice(), budget_.text(), budget_.bytes_per_s(), budget_.capacity()};
}

ServerLink::ServerLink(const Options& options, Mailbox& mailbox,
                       std::unique_ptr<wire::Context> context)
    : outlet_(mailbox),
      hub_(options.hub),
      observe_(options.observe),
      client_(options.client),
      through_proxy_(!options.security.socks_proxy.empty()),
      context_(std::move(context)),
      pool_(BufferPool::create(kIdlePixels)),
      measurer_([this](SliceHistogramPtr histogram) {
        const std::string key = "histogram/" + histogram->id;
        outlet_.post(key, std::move(histogram));
      }),
      control_(*context_, {options.client, observe_ ? v1::OBSERVE : v1::OPERATE, "view-control",
                           kPoseDeadline, kRenew}),
      images_(*context_, options.client, "view-feed", image_subscriptions(),
              [this](const wire::FeedMessage& message) { take_slice_feed(message); }),
      thumbnails_(*context_, options.client, "view-thumb", {},
                  [this](const wire::FeedMessage& message) {
                    if (message.header.removed() || !message.header.has_thumbnail()) return;
                    auto frame = thumbnail_frame(message, *pool_);
                    if (!frame) return refuse(frame.error());
                    outlet_.post("thumbnail", *std::move(frame));
                  }) {}

ServerLink::~ServerLink() {
  close();  // nobody may wait for it to be opened
  std::map<std::string, std::unique_ptr<Requester>> askers;
  {
    std::lock_guard lock(mutex_);
    askers.swap(askers_);
  }
  askers.clear();  // while watch_ is there, which their answers use
  watch_.reset();
}

std::vector<v1::Subscription> ServerLink::image_subscriptions() const {
  const LinkChoice& fits = budget_.choice();
  // The numbers of the encodings rise as images become smaller.
  const v1::Encoding encoding = std::max(wish_.encoding, fits.encoding);
  std::vector<v1::Subscription> wanted = {
      subscription("slice/", lower(wish_.max_rate_hz, fits.max_rate_hz), encoding,
                   lower(wish_.max_side, fits.max_side)),
      subscription("scene")};
  if (wish_.preview && preview_due_ && !budget_.starting())
    wanted.push_back(
        subscription("preview", fits.preview_rate_hz, encoding, fits.preview_max_side));
  return wanted;
}

// As large and as often as the slices they lie on. In fewer bits a value that is no number would
// become the least of them, so that only their size follows.
std::vector<v1::Subscription> ServerLink::overlay_subscriptions(
    const std::string& service, const std::vector<std::string>& keys) const {
  std::vector<v1::Subscription> wanted;
  if (wish_.overlays_off.contains(service)) return wanted;
  const LinkChoice& fits = budget_.choice();
  for (const auto& key : keys)
    wanted.push_back(subscription(key, lower(wish_.max_rate_hz, fits.max_rate_hz), v1::NATIVE,
                                  lower(wish_.max_side, fits.max_side)));
  return wanted;
}

void ServerLink::weigh(const wire::FeedMessage& message) {
  const auto& header = message.header;
  LinkBudget::Arrival arrival;
  arrival.key = header.key();
  arrival.bytes = header.pixels().bytes();
  arrival.superseded = header.superseded();
  std::lock_guard lock(mutex_);
  if (header.has_scene()) {
    std::vector<LinkBudget::ImageSize> whole;
    whole_.clear();
    for (const auto& slice : header.scene().slices())
      whole.push_back(whole_[slice.id()] = {slice.rows(), slice.columns()});
    budget_.set_images(std::move(whole));
    return;
  }
  if (header.removed()) {
    acquired_ns_.erase(arrival.key);
    return;
  }
  // A pose of an old scan comes with old data: that says nothing about its way.
  if (const auto acquired = header.slice().stamp().acquired_ns(); acquired != 0) {
    auto& newest = acquired_ns_[arrival.key];
    if (newest != 0 && acquired > newest)
      arrival.way_s = 1e-9 * static_cast<double>(now_ns() + clock_offset_ns_ - acquired) -
                      1e-3 * header.slice().reconstruction_ms();
    newest = std::max(newest, acquired);
  }
  if (budget_.arrived(arrival, steady_now_ns())) ask_for_images();
}

void ServerLink::weigh_overlay(const wire::FeedMessage& message, const std::string& service) {
  const auto& header = message.header;
  const auto& format = header.pixels();
  if (format.shape_size() != 2 || format.shape(0) == 0 || format.shape(1) == 0) return;
  const auto& input = header.has_labels() ? header.labels().input() : header.values().input();
  const double pixels = static_cast<double>(format.shape(0)) * format.shape(1);
  LinkBudget::Arrival arrival;
  arrival.key = service + "/" + header.key();
  arrival.bytes = format.bytes();
  arrival.superseded = header.superseded();
  arrival.bytes_per_pixel = static_cast<double>(format.bytes()) / pixels;
  std::lock_guard lock(mutex_);
  const auto whole = whole_.find(input.slice_id());
  arrival.slice = whole != whole_.end() ? whole->second
                                        : LinkBudget::ImageSize{format.shape(0), format.shape(1)};
  if (budget_.arrived(arrival, steady_now_ns())) ask_for_images();
}

void ServerLink::ask_for_images() {
  images_.subscribe(image_subscriptions());
  for (const auto& [name, plugin] : plugins_)
    plugin.reader->subscribe(overlay_subscriptions(name, plugin.keys));
}

void ServerLink::wish(const ImageWish& wish) {
  std::lock_guard lock(mutex_);
  if (wish == wish_) return;
  wish_ = wish;
  for (const auto& service : wish_.overlays_off) budget_.forget_overlays(service + "/");
  ask_for_images();
  std::vector<v1::Subscription> thumbnails;
  if (wish_.thumbnail) thumbnails.push_back(subscription("thumbnail", 5, v1::QUANTISED_8, 512));
  thumbnails_.subscribe(std::move(thumbnails));
}

void ServerLink::follow(const std::vector<v1::Service>& services) {
  std::vector<Plugin> left;  // end after the lock is gone
  std::lock_guard lock(mutex_);
  listed_.clear();
  for (const auto& service : services) listed_[service.name()] = service;
  if (const auto* slice = of_kind(services, "slice");
      slice != nullptr && slice->instance() != slice_instance_) {
    slice_instance_ = slice->instance();
    acquired_ns_.clear();
    control_.point_at(wire::link_address(*slice, "control"), slice->public_key(), slice_instance_);
    const std::string feed = wire::link_address(*slice, "feed");
    const bool here = slice->host() == wire::host_id() && !through_proxy_;
    preview_due_ = here || feed.starts_with("ipc://");
    budget_.set_local(preview_due_);
    images_.subscribe(image_subscriptions());
    images_.connect(feed, slice->public_key());
  }
  if (const auto* projection = of_kind(services, "projection");
      projection != nullptr && projection->instance() != projection_instance_) {
    projection_instance_ = projection->instance();
    const std::string feed = wire::link_address(*projection, "feed");
    if (!feed.empty()) thumbnails_.connect(feed, projection->public_key());
  }
  for (const auto& [name, asker] : askers_)
    if (const auto found = listed_.find(name); found != listed_.end())
      asker->point_at(wire::link_address(found->second, "control"), found->second.public_key(),
                      found->second.instance());
  left = plugins_that_left();
  follow_plugins(services);
}

std::vector<ServerLink::Plugin> ServerLink::plugins_that_left() {
  std::set<std::string> listed, kept;
  for (const auto& [name, service] : listed_) listed.insert(name);
  for (const auto& [name, plugin] : plugins_) kept.insert(name);
  std::vector<Plugin> left;
  for (const auto& name : absence_.over(kept, listed, steady_now_ns()))
    left.push_back(std::move(plugins_.extract(name).mapped()));
  return left;
}

// Any service of kind `plugin` with a feed may publish labels for slices.
void ServerLink::follow_plugins(const std::vector<v1::Service>& services) {
  for (const auto& service : services) {
    const std::string feed = wire::link_address(service, "feed");
    if (service.kind() != "plugin" || feed.empty()) continue;
    if (plugins_.size() >= kMaxPlugins && !plugins_.contains(service.name())) continue;
    Plugin& plugin = plugins_[service.name()];
    if (plugin.reader && plugin.instance == service.instance()) continue;
    plugin.instance = service.instance();
    if (!plugin.reader) {
      plugin.keys.assign(service.feeds().begin(), service.feeds().end());
      if (plugin.keys.empty()) plugin.keys = {"labels/", "values/"};
      plugin.reader = std::make_unique<FeedReader>(
          *context_, client_, "view-label", overlay_subscriptions(service.name(), plugin.keys),
          [this, name = service.name()](const wire::FeedMessage& message) {
            if (message.header.removed()) return;
            if (!message.header.has_labels() && !message.header.has_values()) return;
            weigh_overlay(message, name);
            outlet_.post("overlay/" + name + "/" + message.header.key(),
                         overlay_frame(message, name));
          });
    }
    plugin.reader->connect(feed, service.public_key());
  }
}

void ServerLink::take_slice_feed(const wire::FeedMessage& message) {
  const std::string& key = message.header.key();
  weigh(message);
  if (message.header.has_scene()) {
    outlet_.post("scene", SceneArrival{message.header.scene(), message.header.instance()});
    if (message.header.scene().slices().empty()) ask_for_preview();
  } else if (message.header.has_preview() && !message.header.removed()) {
    auto frame = preview_frame(message, *pool_);
    if (!frame) return refuse(frame.error());
    outlet_.post("preview", *std::move(frame));
  } else if (key.starts_with("slice/")) {
    if (message.header.removed()) {
      const std::string id = key.substr(6);
      measurer_.forget(id);
      outlet_.post(key, SliceGone{id});
      return;
    }
    auto frame = slice_frame(message, *pool_);
    if (!frame) return refuse(frame.error());
    outlet_.post(key, *frame);
    measurer_.measure(*frame);
    ask_for_preview();
  }
}

void ServerLink::ask_for_preview() {
  std::lock_guard lock(mutex_);
  if (std::exchange(preview_due_, true)) return;
  images_.subscribe(image_subscriptions());
}

void ServerLink::refuse(const Error& why) {
  std::lock_guard lock(mutex_);
  ++refused_;
  refused_why_ = why.message;
}

void ServerLink::retry() {
  watch_->try_now();
  std::lock_guard lock(mutex_);
  for (const auto& [name, service] : listed_) {
    const std::string feed = wire::link_address(service, "feed");
    if (feed.empty()) continue;
    // A link that lives is left alone.
    if (service.instance() == slice_instance_) images_.connect(feed, service.public_key());
    if (service.instance() == projection_instance_) thumbnails_.connect(feed, service.public_key());
    if (const auto plugin = plugins_.find(name); plugin != plugins_.end())
      plugin->second.reader->connect(feed, service.public_key());
  }
}

void ServerLink::send(const SliceRequest& request) {
  v1::Request body;
  if (const auto* set = std::get_if<v1::SetSlice>(&request.body))
    *body.mutable_set_slice() = *set;
  else
    *body.mutable_remove_slice() = std::get<v1::RemoveSlice>(request.body);
  control_.ask(std::move(body), [this, ticket = request.ticket](Result<v1::Reply> reply) {
    outlet_.post("answer/" + std::to_string(ticket), SliceAnswer{ticket, std::move(reply)});
  });
}

void ServerLink::ask(const std::string& service, std::uint64_t ticket, v1::Request request) {
  Requester* asker = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (askers_.size() >= kMaxAskers && !askers_.contains(service)) askers_.clear();
    auto& known = askers_[service];
    if (!known)
      known = std::make_unique<Requester>(
          *context_, Requester::Options{client_, observe_ ? v1::OBSERVE : v1::OPERATE, "view-ask"});
    asker = known.get();
    if (const auto found = listed_.find(service); found != listed_.end())
      asker->point_at(wire::link_address(found->second, "control"), found->second.public_key(),
                      found->second.instance());
  }
  asker->ask(std::move(request), [this, service, ticket](Result<v1::Reply> reply) {
    outlet_.post("service/" + std::to_string(ticket),
                 ServiceAnswer{ticket, service, std::move(reply)});
    watch_->ask_now();
  });
}

}  // namespace slicecast::viewer
