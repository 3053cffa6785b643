#include "services/cli/demo_watch.h"

#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <numbers>
#include <numeric>

#include "common/base/clock.h"
#include "services/cli/demo_slices.h"
#include "services/cli/status_text.h"

namespace slicecast::cli {
namespace {

using std::chrono::milliseconds;

// No loss: newer came instead.
constexpr const char* kSkipped = "superseded";
// Projections that the projection server can do nothing with.
constexpr const char* kPutAside[] = {"no_flat", "shed_by_policy"};
constexpr milliseconds kTake{200}, kBetweenQuestions{400}, kFieldOfView{500};

bool whole(const wire::FeedMessage& message) {
  const auto& header = message.header;
  return header.has_slice() ? !header.slice().filling() : !header.preview().filling();
}

std::uint64_t gauge(const v1::Status& status, const std::string& name) {
  const auto found = status.gauges().find(name);
  return found == status.gauges().end() ? 0 : static_cast<std::uint64_t>(found->second);
}

double rate(std::uint64_t now, std::uint64_t before, double seconds) {
  // Totals fall when a service was restarted.
  return now < before ? 0 : static_cast<double>(now - before) / seconds;
}

}  // namespace

std::string DemoFigures::line() const {
  char text[160];
  std::snprintf(text, sizeof text, "%6.1f frames/s %7.2f MB/s | %5.1f refreshes/s", frames_per_s,
                megabytes_per_s, refreshes_per_s);
  std::string line = text;
  if (age_ms) {
    std::snprintf(text, sizeof text, ", newest slice %4.0f +- %.1f ms old", *age_ms, age_error_ms);
    line += text;
  } else {
    line += ", no slice yet";
  }
  line += " | lost:";
  if (losses.empty()) line += " none";
  for (const auto& [reason, count] : losses) line += " " + reason + " " + std::to_string(count);
  if (!labels.empty()) line += " | " + labels;
  return line;
}

Result<std::unique_ptr<DemoWatch>> DemoWatch::create(const std::string& hub, int slice_size,
                                                     bool segmented) {
  auto watch = std::unique_ptr<DemoWatch>(new DemoWatch);
  watch->slice_size_ = slice_size;
  watch->shown_ns_ = steady_now_ns();
  config::Settings settings(client_options());
  for (const auto& [name, text] : {std::pair("hub", hub), std::pair("timeout", std::string("0.4"))})
    if (auto ok = settings.set_text(name, text); !ok) return ok.error();
  auto client = Client::create(settings);
  if (!client) return client.error();
  watch->client_ = *std::move(client);

  if (segmented) {
    auto labels = DemoLabels::create(watch->client_->context(), hub);
    if (!labels) return labels.error();
    watch->labels_ = *std::move(labels);
  }
  wire::FeedConsumer::Options options;
  options.name = "demo";
  for (const char* prefix : {"slice/", "preview"}) {
    v1::Subscription subscription;
    subscription.set_prefix(prefix);
    options.subscriptions.push_back(subscription);
  }
  watch->feed_ = wire::FeedConsumer::create(watch->client_->context(), options);
  auto follower = wire::Follower::create(
      watch->client_->context(), hub, "slice", "feed",
      [feed = watch->feed_.get()](const std::string& address, const std::string& key,
                                  std::uint64_t) { feed->connect(address, key); });
  if (!follower) return follower.error();
  watch->follower_ = *std::move(follower);
  watch->receiving_ =
      std::jthread([it = watch.get()](const std::stop_token& stop) { it->receive(stop); });
  watch->asking_ = std::jthread([it = watch.get()](const std::stop_token& stop) { it->ask(stop); });
  pthread_setname_np(watch->receiving_.native_handle(), "demo-receive");
  pthread_setname_np(watch->asking_.native_handle(), "demo-ask");
  return watch;
}

DemoWatch::~DemoWatch() {
  request_stop();
}

void DemoWatch::request_stop() {
  receiving_.request_stop();
  asking_.request_stop();
  if (feed_) feed_->stop();
  if (labels_) labels_->request_stop();
}

void DemoWatch::receive(const std::stop_token& stop) {
  while (!stop.stop_requested())
    if (auto message = feed_->take(kTake)) keep(*std::move(message));
}

void DemoWatch::keep(wire::FeedMessage message) {
  const auto& header = message.header;
  if (labels_) labels_->add_slice(message);
  if (header.removed() || (!header.has_slice() && !header.has_preview())) return;
  const std::string name = header.has_preview() ? "preview" : header.slice().name();
  std::lock_guard lock(mutex_);
  if (header.has_slice()) {
    ++slices_;
    newest_acquired_ns_ = std::max(newest_acquired_ns_, header.slice().stamp().acquired_ns());
  }
  Picture& picture = pictures_[name];
  if (whole(message)) picture.whole = message;
  picture.newest = std::move(message);
}

void DemoWatch::ask(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (const auto services = client_->services()) {
      count(ask_all(*client_, *services));
      for (const auto& service : *services)
        if (service.kind() == "slice" && service.instance() != placed_at_ && place_slices(service))
          placed_at_ = service.instance();
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kBetweenQuestions, [] { return false; });
  }
}

void DemoWatch::count(const std::vector<ServiceState>& states) {
  std::lock_guard lock(mutex_);
  bool all = true;
  std::map<std::string, std::uint64_t> losses;
  for (const auto& [service, status, clock] : states) {
    all = all && status;
    if (!status) continue;
    look_for_obstacle(service, *status);
    for (const auto& ledger : status->ledgers()) {
      for (const auto& [reason, lost] : ledger.dropped())
        if (lost > 0 && reason != kSkipped) losses[reason] += lost;
      if (ledger.missing() > 0) losses["missing"] += ledger.missing();
      if (service.kind() == "projection" && ledger.flow() == "frames")
        totals_.frames = ledger.done();
    }
    if (service.kind() != "source") continue;
    totals_.bytes = gauge(*status, "slicecast_source_bytes");
    if (clock.known) source_clock_ = clock;
  }
  // Half an answer would make the counts jump.
  if (all) losses_ = std::move(losses);
}

// Under mutex_.
void DemoWatch::look_for_obstacle(const v1::Service& service, const v1::Status& status) {
  const auto fact = [&](const char* name) {
    const auto found = status.facts().find(name);
    return found == status.facts().end() ? std::string() : found->second;
  };
  const std::string health = fact("health");
  if (health.empty()) return;
  if (service.kind() == "source" && fact("state") == "failed") obstacle_ = health;
  if (service.kind() != "projection" || slices_ > 0) return;
  // Flats come before projections: one that had to be put aside is not early.
  for (const auto& ledger : status.ledgers())
    for (const char* reason : kPutAside)
      if (const auto found = ledger.dropped().find(reason);
          ledger.flow() == "frames" && found != ledger.dropped().end() && found->second > 0)
        obstacle_ = health;
}

std::optional<std::string> DemoWatch::obstacle() const {
  std::lock_guard lock(mutex_);
  return obstacle_;
}

Result<void> DemoWatch::place_slices(const v1::Service& service) {
  auto fetcher = SliceFetcher::create(*client_, service);
  if (!fetcher) return fetcher.error();
  const auto field = (*fetcher)->field_of_view(kFieldOfView);
  if (!field) return field.error();
  auto control = client_->control(service);
  if (!control) return control.error();
  for (auto& request : demo_slices(*field, slice_size_))
    if (const auto reply = (*control)->request(std::move(request), client_->timeout()); !reply)
      return reply.error();
  return {};
}

DemoFigures DemoWatch::figures() {
  std::lock_guard lock(mutex_);
  const std::int64_t now = steady_now_ns();
  const double seconds = std::max(1e-9 * static_cast<double>(now - shown_ns_), 1e-3);
  DemoFigures figures;
  if (labels_) figures.labels = labels_->line();
  figures.frames_per_s = rate(totals_.frames, shown_totals_.frames, seconds);
  figures.megabytes_per_s = 1e-6 * rate(totals_.bytes, shown_totals_.bytes, seconds);
  figures.refreshes_per_s = rate(slices_, shown_slices_, seconds);
  if (newest_acquired_ns_ > 0) {
    const std::int64_t source_now_ns = now_ns() + source_clock_.offset_ns;
    figures.age_ms = 1e-6 * static_cast<double>(source_now_ns - newest_acquired_ns_);
    figures.age_error_ms = 1e-6 * static_cast<double>(source_clock_.error_ns);
  }
  figures.losses = losses_;
  shown_ns_ = now;
  shown_totals_ = totals_;
  shown_slices_ = slices_;
  return figures;
}

std::uint64_t DemoWatch::slices_received() const {
  std::lock_guard lock(mutex_);
  return slices_;
}

std::map<std::string, wire::FeedMessage> DemoWatch::pictures() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, wire::FeedMessage> chosen;
  for (const auto& [name, picture] : pictures_)
    if (picture.newest) chosen.emplace(name, picture.whole ? *picture.whole : *picture.newest);
  return chosen;
}

std::map<std::string, LabelledSlice> DemoWatch::labelled_pictures() const {
  return labels_ ? labels_->pictures() : std::map<std::string, LabelledSlice>();
}

}  // namespace slicecast::cli
