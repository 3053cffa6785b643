// The rows of the health panel with their words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "viewer/model/health.h"
#include "viewer/model/loss_texts.h"

namespace slicecast::viewer {
namespace {

constexpr const char* kIngestGauge = "slicecast_projection_ingest_mb_per_s";
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

const double* gauge_of(const std::map<std::string, double>& gauges, const char* name) {
  const auto found = gauges.find(name);
  return found == gauges.end() ? nullptr : &found->second;
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

void Health::add_ingest_rows(const Service& service, std::int64_t now_ns,
                             std::vector<HealthRow>& rows) const {
  // A second without a frame is no fault of a slow scan.
  const bool dry = service.dry_since_ns != 0 && now_ns - service.dry_since_ns >= thresholds_.dry_ns;
  const HealthLevel level = dry ? HealthLevel::red : HealthLevel::good;
  const auto add = [&](const char* id, const char* label, double number, std::string value,
                       const std::string& about) {
    rows.push_back(
        row(id, "Ingest", label, number, std::move(value), level,
            {about + (dry ? " The scan runs, but nothing comes." : ""),
             "See whether the source runs and sends (slicecast status), or end the scan there."}));
    rows.back().severity = kLost;
  };
  if (const double* ingest = gauge_of(service.gauges, kIngestGauge))
    add("ingest", "Raw data in", *ingest, fmt::format("{:.1f} MB/s", *ingest),
        "Raw pixels that arrived in the last second.");
  if (const double* rate = gauge_of(service.gauges, kRateGauge))
    add("frame_rate", "Frames in", *rate, fmt::format("{:.1f} /s", *rate),
        "Detector frames that arrived in the last second.");
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
  if (!silent) add_ingest_rows(service, now_ns, rows);
  if (const double* clipped = gauge_of(service.gauges, kClippedGauge); clipped && *clipped > 0)
    rows.push_back(row("clipped", "Losses", "Values clipped", *clipped,
                       fmt::format("{:.0f}", *clipped), HealthLevel::watch,
                       {"Filtered values were beyond the range of half precision.",
                        "Start the projection server with store = float."}));
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
         "Remove slices or choose a smaller size for them (Slices), or run the slice server with "
         "more threads or a graphics card."}));
    rows.back().severity = beyond(reconstruction_.ms / limits.reconstruction_red_ms);
    if (filling_)
      rows.push_back(row("filling", "Times", "Window", 1, "filling", HealthLevel::watch,
                         {"The first window of projections is not full yet.",
                          "Wait: values settle once every angle was seen."}));
    if (mixed_)
      rows.push_back(
          row("mixed", "Times", "Parameters", 1, "mixed", HealthLevel::watch,
              {"The image holds projections made with older parameters.",
               "Wait one window; to avoid it start the projection server with more raw_memory."}));
    if (uncertain_)
      rows.push_back(row("uncertain", "Times", "Values", 1, "uncertain", HealthLevel::watch,
                         {"The sample is wider than the beam, so absolute values are uncertain.",
                          "Compare within a slice only, or move the sample into the beam."}));
    if (stale_since_ns_ != 0 && now_ns - stale_since_ns_ >= limits.stale_ns)
      rows.push_back(row("stale", "Times", "Image", 1, "outdated", HealthLevel::watch,
                         {"The slice server knows of newer data or another geometry that the image "
                          "does not have, or has lost the projection server.",
                          "See in Connections whether the projection server answers."}));
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
               "Choose a smaller size for the slice (Slices) or a faster model (Parameters); raw "
               "slices are not held up."}));
      rows.back().severity = beyond(timed.ms / limits.plugin_red_ms);
    }
    if (timed.refused_ns != 0 && now_ns - timed.refused_ns <= limits.recent_ns) {
      rows.push_back(row("plugin_refused." + producer, "Losses", producer + " results", 1,
                         "refused", HealthLevel::red,
                         {timed.message, "Switch the overlay off, or correct the plugin."}));
      rows.back().severity = kLost;
    }
  }
  add_age_row(rows);
}

void Health::add_age_row(std::vector<HealthRow>& rows) const {
  const auto add = [&](double number, std::string value, HealthLevel level, const Words& words) {
    rows.push_back(
        row("age", "Times", "Age of what you see", number, std::move(value), level, words));
  };
  if (scan_ended_)
    return add(0, "scan ended", HealthLevel::good,
               {"The scan has ended: this is its last image, and no newer one is due.", ""});
  if (frozen_)
    return add(0, "frozen", HealthLevel::good,
               {"The display is frozen; what arrives meanwhile is kept.", ""});
  if (!age_.known()) return;
  const double worst = age_.worst_ms();
  const std::string clock =
      age_.offset_known ? "" : " The clocks of both machines are taken as equal.";
  const HealthLevel level = level_of(worst, thresholds_.age_watch_ms, thresholds_.age_red_ms);
  if (age_.stopped()) {
    add(worst, fmt::format("{:.0f}\u00A0s, nothing\u00A0newer", std::ceil(worst / 1000)), level,
        {"Time since the newest projection in the image was taken; no newer one has come." + clock,
         "See above whether frames come in, and in Connections which server does not answer; on a "
         "thin link images take long to come."});
  } else {
    const std::string about = age_.offset_known && age_.error_ms >= 0.5
                                  ? fmt::format("\u00A0±{:.0f}", age_.error_ms)
                                  : "";
    add(worst,
        worst < 10000
            ? fmt::format("p50\u00A0{:.0f}, p99\u00A0{:.0f}{}\u00A0ms", age_.p50_ms, worst, about)
            : fmt::format("p50\u00A0{:.0f}, p99\u00A0{:.0f}\u00A0s", age_.p50_ms / 1000,
                          worst / 1000),
        level,
        {"Time from the newest projection in the image to the screen." + clock,
         "See above whether ingest, reconstruction or a plugin takes the time; over a thin link "
         "choose a smaller size for the slices (Slices)."});
  }
  rows.back().severity = beyond(worst / thresholds_.age_red_ms);
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
             "Remove slices, or choose a smaller size for them (Slices)."}));
    rows.back().severity = beyond(upload_ms_ / thresholds_.upload_red_ms);
  }
  return rows;
}

}  // namespace slicecast::viewer
