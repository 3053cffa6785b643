#include "viewer/model/health.h"

#include <fmt/format.h>

#include <algorithm>

namespace slicecast::viewer {
const char* to_string(HealthLevel level) {
  switch (level) {
    case HealthLevel::good: return "ok";
    case HealthLevel::watch: return "watch";
    case HealthLevel::red: return "red";
  }
  return "unknown";
}

void Health::count(Loss& loss, std::uint64_t total, std::int64_t now_ns) {
  if (total > loss.total) {
    // Losses from before we looked are history, not news; but they are told.
    loss.before = loss.total;
    loss.rose_ns = now_ns;
    loss.rose = true;
  } else if (total < loss.total) {
    loss = {};  // the service restarted
  }
  loss.total = total;
}

void Health::take_ledger(Service& service, const v1::Ledger& ledger, std::int64_t now_ns) {
  const auto take = [&](const std::string& reason, std::uint64_t total) {
    const std::string key = ledger.flow() + "." + reason;
    const auto known = service.losses.find(key);
    if (known == service.losses.end()) {
      if (total == 0) return;
      Loss& first = service.losses[key];
      const bool first_look = service.heard_ns == 0;
      if (first_look)
        first.total = total;
      else
        count(first, total, now_ns);
    } else {
      count(known->second, total, now_ns);
    }
  };
  std::uint64_t dropped = 0;
  for (const auto& [reason, total] : ledger.dropped()) {
    take(reason, total);
    dropped += total;
  }
  take("missing", ledger.missing());
  service.open[ledger.flow()] = ledger.received() != ledger.done() + dropped + ledger.in_flight();
}

void Health::telemetry(const v1::Telemetry& telemetry, std::int64_t now_ns) {
  Service& service = services_[telemetry.service()];
  for (const auto& ledger : telemetry.ledgers()) take_ledger(service, ledger, now_ns);
  service.gauges = {telemetry.gauges().begin(), telemetry.gauges().end()};
  service.heard_ns = now_ns;
}

void Health::status(const v1::Status& status, std::int64_t now_ns) {
  Service& service = services_[status.service()];
  for (const auto& ledger : status.ledgers()) take_ledger(service, ledger, now_ns);
  service.gauges = {status.gauges().begin(), status.gauges().end()};
  service.heard_ns = now_ns;
  const auto scan = status.facts().find("scan");
  const auto rate = service.gauges.find(kRateGauge);
  const bool dry = scan != status.facts().end() && scan->second == "running" &&
                   rate != service.gauges.end() && rate->second == 0;
  if (!dry)
    service.dry_since_ns = 0;
  else if (service.dry_since_ns == 0)
    service.dry_since_ns = now_ns;
}

void Health::keep(const std::set<std::string>& services) {
  const auto left = [&](const auto& it) { return !services.contains(it.first); };
  std::erase_if(services_, left);
  std::erase_if(plugins_, left);
}

void Health::slice_shown(const v1::SliceImage& header, std::int64_t now_ns) {
  reconstruction_.ms = header.reconstruction_ms();
  reconstruction_.at_ns = now_ns;
  filling_ = header.filling();
  mixed_ = header.mixed();
  uncertain_ = header.values_uncertain();
  gap_rad_ = header.largest_gap_rad();
  if (!header.stale())
    stale_since_ns_ = 0;
  else if (stale_since_ns_ == 0)
    stale_since_ns_ = now_ns;
}

void Health::overlay_shown(const std::string& producer, double processing_ms, std::int64_t now_ns) {
  plugins_[producer].ms = processing_ms;
  plugins_[producer].at_ns = now_ns;
}

void Health::overlay_refused(const std::string& producer, const std::string& message,
                             std::int64_t now_ns) {
  plugins_[producer].message = message;
  plugins_[producer].refused_ns = now_ns;
}

void Health::age(const AgeFigures& figures) {
  age_ = figures;
}

void Health::own_feed(const std::string& link, std::uint64_t received, std::uint64_t superseded,
                      std::uint64_t refused, const std::string& problem, std::int64_t now_ns) {
  if (received + refused == 0) return;
  refused_why_ = problem;
  count(own_superseded_[link], superseded, now_ns);
  count(own_refused_[link], refused, now_ns);
}

void Health::frame(double frames_per_s, double upload_ms) {
  frames_per_s_ = frames_per_s;
  upload_ms_ = upload_ms;
}

const HealthRow* Health::worst_of(const std::vector<HealthRow>& rows) {
  const HealthRow* worst = nullptr;
  for (const HealthRow& row : rows)
    if (row.level == HealthLevel::red && (worst == nullptr || row.severity > worst->severity))
      worst = &row;
  return worst;
}

HealthLevel Health::worst(std::int64_t now_ns) const {
  HealthLevel level = HealthLevel::good;
  for (const HealthRow& row : rows(now_ns)) level = std::max(level, row.level);
  return level;
}

}  // namespace slicecast::viewer
