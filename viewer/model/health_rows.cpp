// The rows of the health panel with their words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "viewer/model/health.h"
#include "viewer/model/loss_texts.h"

namespace slicecast::viewer {
namespace {

constexpr const char* kIngestGauge = "slicecast_projection_ingest_mb_per_s";
constexpr const char* kRateGauge = "slicecast_projection_frames_per_s";
constexpr const char* kClippedGauge = "slicecast_projection_clipped_values";

HealthLevel level_of(double number, double watch, double red) {
  return number >= red     ? HealthLevel::red
         : number >= watch ? HealthLevel::watch
                           : HealthLevel::good;
}

struct Words {
  std::string explanation;
  std::string remedy;
};

// Severities; see HealthRow.
constexpr double kMostSlow = 99, kLost = 100, kWrong = 200;

double beyond(double ratio) {
  return std::min(ratio, kMostSlow);
}
double lost(std::uint64_t count) {
  return kLost + std::log10(1.0 + static_cast<double>(count));
}

HealthRow row(std::string id, std::string group, std::string label, double number,
              std::string value, HealthLevel level, const Words& words) {
  return {std::move(id),
          std::move(group),
          std::move(label),
          std::move(value),
          number,
          0,
          level,
          words.explanation,
          level == HealthLevel::good ? "" : words.remedy};
}

std::string milliseconds_text(double ms) {
  return ms < 10 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.0f} ms", ms);
}

}  // namespace

void Health::add_loss_row(const std::string& service, const std::string& key, const Loss& loss,
                          std::int64_t now_ns, std::vector<HealthRow>& rows) const {
  if (loss.total == 0) return;
  const std::size_t dot = key.find('.');
  const std::string flow = key.substr(0, dot), reason = key.substr(dot + 1);
  const LossText text = loss_text(reason);
  const bool recent = loss.rose && now_ns - loss.rose_ns <= thresholds_.recent_ns;
  const HealthLevel level = text.harmless ? HealthLevel::good
                            : recent      ? HealthLevel::red
                                          : HealthLevel::watch;
  std::string value = fmt::format("{}", loss.total);
  if (recent) value += fmt::format(" (+{})", loss.total - loss.before);
  rows.push_back(row("loss." + service + "." + key, "Losses",
                     fmt::format("{} {}: {}", service, flow, reason),
                     static_cast<double>(loss.total), std::move(value), level,
                     {std::string(text.explanation), std::string(text.remedy)}));
  rows.back().severity = lost(loss.total - loss.before);
}

void Health::add_service_rows(const std::string& name, const Service& service, std::int64_t now_ns,
                              std::vector<HealthRow>& rows) const {
  const bool silent = now_ns - service.heard_ns > thresholds_.silent_ns;
  if (silent)
    rows.push_back(
        row("silent." + name, "Ingest", name + " telemetry",
            static_cast<double>(now_ns - service.heard_ns) * 1e-9,
            fmt::format("{:.0f} s old", static_cast<double>(now_ns - service.heard_ns) * 1e-9),
            HealthLevel::watch,
            {"The service has not told its figures for a while.",
             "See the connections panel; the figures come back with the service."}));
  const auto gauge = [&](const char* gauge_name) -> const double* {
    const auto found = service.gauges.find(gauge_name);
    return found == service.gauges.end() ? nullptr : &found->second;
  };
  if (const double* ingest = gauge(kIngestGauge); ingest && !silent)
    rows.push_back(row("ingest", "Ingest", "Raw data in", *ingest,
                       fmt::format("{:.1f} MB/s", *ingest), HealthLevel::good,
                       {"Raw pixels that arrived in the last second.", ""}));
  if (const double* rate = gauge(kRateGauge); rate && !silent)
    rows.push_back(row("frame_rate", "Ingest", "Frames in", *rate, fmt::format("{:.1f} /s", *rate),
                       HealthLevel::good,
                       {"Detector frames that arrived in the last second.", ""}));
  if (const double* clipped = gauge(kClippedGauge); clipped && *clipped > 0)
    rows.push_back(row("clipped", "Losses", "Values clipped", *clipped,
                       fmt::format("{:.0f}", *clipped), HealthLevel::watch,
                       {"Filtered values were beyond the range of half precision.",
                        "Set store = float on the projection server."}));
  for (const auto& [key, loss] : service.losses) add_loss_row(name, key, loss, now_ns, rows);
  for (const auto& [flow, open] : service.open) {
    if (!open) continue;
    rows.push_back(
        row("ledger." + name + "." + flow, "Losses", name + " " + flow, 1, "account does not close",
            HealthLevel::red,
            {"Received is not done plus dropped plus in flight: the service miscounts.",
             "Report this with the service's log; its loss figures cannot be trusted."}));
    rows.back().severity = kLost;
  }
}

void Health::add_time_rows(std::int64_t now_ns, std::vector<HealthRow>& rows) const {
  const auto& limits = thresholds_;
  if (reconstruction_.at_ns != 0) {
    rows.push_back(row(
        "reconstruction", "Times", "Reconstruction", reconstruction_.ms,
        milliseconds_text(reconstruction_.ms),
        level_of(reconstruction_.ms, limits.reconstruction_watch_ms, limits.reconstruction_red_ms),
        {"Time the slice server took for the last image.",
         "Use fewer or smaller slices, fewer projections, or a faster backend."}));
    rows.back().severity = beyond(reconstruction_.ms / limits.reconstruction_red_ms);
    if (filling_)
      rows.push_back(row("filling", "Times", "Window", 1, "filling", HealthLevel::watch,
                         {"The first window of projections is not full yet.",
                          "Wait: values settle once every angle was seen."}));
    if (mixed_)
      rows.push_back(row("mixed", "Times", "Parameters", 1, "mixed", HealthLevel::watch,
                         {"The image holds projections made with older parameters.",
                          "Wait one window, or give the projection server room for raw frames."}));
    if (uncertain_)
      rows.push_back(row("uncertain", "Times", "Values", 1, "uncertain", HealthLevel::watch,
                         {"The sample is wider than the beam, so absolute values are uncertain.",
                          "Compare within a slice only, or move the sample into the beam."}));
    if (gap_rad_ > 0) {
      const double degrees = gap_rad_ * 180 / std::numbers::pi;
      rows.push_back(row("gap", "Losses", "Angular gap", degrees,
                         fmt::format("{:.1f} deg", degrees), HealthLevel::red,
                         {"Neighbouring projections are missing, which makes streaks.",
                          "Look at the losses above; the gap goes when new projections fill it."}));
      rows.back().severity = kWrong + degrees;
    }
  }
  for (const auto& [producer, timed] : plugins_) {
    if (timed.at_ns != 0) {
      rows.push_back(
          row("plugin." + producer, "Times", producer, timed.ms, milliseconds_text(timed.ms),
              level_of(timed.ms, limits.plugin_watch_ms, limits.plugin_red_ms),
              {"Time the plugin took for its last result.",
               "Choose a faster model or a smaller slice; raw slices are not held up."}));
      rows.back().severity = beyond(timed.ms / limits.plugin_red_ms);
    }
    if (timed.refused_ns != 0 && now_ns - timed.refused_ns <= limits.recent_ns) {
      rows.push_back(row("plugin_refused." + producer, "Losses", producer + " results", 1,
                         "refused", HealthLevel::red,
                         {timed.message, "Switch the overlay off, or correct the plugin."}));
      rows.back().severity = kLost;
    }
  }
  if (scan_ended_) {
    rows.push_back(
        row("age", "Times", "Age of what you see", 0, "scan ended", HealthLevel::good,
            {"The scan has ended: this is its last image, and no newer one is due.", ""}));
    return;
  }
  if (age_.samples == 0) return;
  const std::string about =
      age_.offset_known && age_.error_ms >= 0.5 ? fmt::format("\u00A0±{:.0f}", age_.error_ms) : "";
  const std::string clock =
      age_.offset_known ? "" : " The clocks of both machines are taken as equal.";
  rows.push_back(row("age", "Times", "Age of what you see", age_.p99_ms,
                     age_.p99_ms < 10000 ? fmt::format("p50\u00A0{:.0f}, p99\u00A0{:.0f}{}\u00A0ms",
                                                       age_.p50_ms, age_.p99_ms, about)
                                         : fmt::format("p50\u00A0{:.0f}, p99\u00A0{:.0f}\u00A0s",
                                                       age_.p50_ms / 1000, age_.p99_ms / 1000),
                     level_of(age_.p99_ms, limits.age_watch_ms, limits.age_red_ms),
                     {"Time from the newest projection in the image to the screen." + clock,
                      "See whether ingest, reconstruction or the link takes the time; ask for "
                      "smaller images on a thin link."}));
  rows.back().severity = beyond(age_.p99_ms / limits.age_red_ms);
}

// Says which message it was.
void Health::add_refused_row(const std::string& link, const Loss& loss, std::int64_t now_ns,
                             std::vector<HealthRow>& rows) const {
  const std::size_t before = rows.size();
  add_loss_row("viewer", link + ".bad_header", loss, now_ns, rows);
  if (rows.size() > before && !refused_why_.empty())
    rows.back().explanation += " The last one: " + refused_why_ + ".";
}

std::vector<HealthRow> Health::rows(std::int64_t now_ns) const {
  std::vector<HealthRow> rows;
  for (const auto& [name, service] : services_) add_service_rows(name, service, now_ns, rows);
  for (const auto& [link, loss] : own_superseded_)
    add_loss_row("viewer", link + ".superseded", loss, now_ns, rows);
  for (const auto& [link, loss] : own_refused_) add_refused_row(link, loss, now_ns, rows);
  add_time_rows(now_ns, rows);
  if (frames_per_s_ > 0) {
    rows.push_back(
        row("screen", "Viewer", "Screen", frames_per_s_, fmt::format("{:.0f} /s", frames_per_s_),
            frames_per_s_ < thresholds_.frame_rate_red_hz ? HealthLevel::red : HealthLevel::good,
            {"Pictures that the viewer draws per second.",
             "Hide the volume, close panels, or use a machine with a graphics card."}));
    rows.back().severity = beyond(thresholds_.frame_rate_red_hz / frames_per_s_);
    rows.push_back(
        row("upload", "Viewer", "Upload", upload_ms_, milliseconds_text(upload_ms_),
            upload_ms_ > thresholds_.upload_red_ms ? HealthLevel::red : HealthLevel::good,
            {"Time per picture spent on handing images to the graphics card.",
             "Show fewer or smaller slices, or limit their rate."}));
    rows.back().severity = beyond(upload_ms_ / thresholds_.upload_red_ms);
  }
  return rows;
}

}  // namespace slicecast::viewer
