#include <algorithm>
#include <cstdio>
#include <map>

#include "common/base/names.h"
#include "services/cli/status_text.h"

namespace slicecast::cli {
namespace {

constexpr const char* kSuperseded = "superseded";

std::string fixed(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

std::string duration(double seconds) {
  if (seconds < 120) return fixed(seconds, 1) + " s";
  if (seconds < 7200) return fixed(seconds / 60, 1) + " min";
  return fixed(seconds / 3600, 1) + " h";
}

std::string superseded_text(const v1::Ledger& ledger) {
  const auto found = ledger.dropped().find(kSuperseded);
  return std::to_string(found == ledger.dropped().end() ? 0 : found->second);
}

std::string memory(const v1::Status& status) {
  const auto found = status.gauges().find("process_resident_mib");
  return found == status.gauges().end() ? "-" : fixed(found->second, 0) + " MiB";
}

std::string clock_text(const wire::ClockOffset& clock) {
  if (!clock.known) return "-";
  return fixed(1e-6 * static_cast<double>(clock.offset_ns), 2) + " +- " +
         fixed(1e-6 * static_cast<double>(clock.error_ns), 2) + " ms";
}

// What a glance wants of the gauges, as far as the service has them.
std::string speed_text(const v1::Status& status) {
  struct Figure {
    const char *gauge, *before, *after;
    int digits;
  };
  constexpr Figure kFigures[] = {
      {"slicecast_projection_frames_per_s", "", " frames/s", 1},
      {"slicecast_projection_ingest_mb_per_s", "", " MB/s", 1},
      {"slicecast_slice_age_ms_p50", "age of slices p50 ", " ms", 0},
      {"slicecast_slice_age_ms_p99", "p99 ", " ms", 0},
  };
  std::string text;
  for (const auto& figure : kFigures)
    if (const auto found = status.gauges().find(figure.gauge); found != status.gauges().end())
      text += (text.empty() ? "" : ", ") + std::string(figure.before) +
              fixed(found->second, figure.digits) + figure.after;
  return text;
}

// The rotation axis that the projection server found, with what takes it over.
std::string axis_text(const v1::Service& service, const v1::Status& status) {
  const auto column = status.gauges().find("slicecast_projection_axis_offer_column");
  const auto score = status.gauges().find("slicecast_projection_axis_score");
  if (column == status.gauges().end() || score == status.gauges().end() || column->second < 0)
    return {};
  if (score->second < kLeastAxisGain) return {};
  return "axis found at column " + fixed(column->second, 2) + " (better by " +
         fixed(100 * score->second, 1) +
         " %); take it with 'slicecast params set axis_column=" + fixed(column->second, 2) +
         " --service " + service.name() + "'";
}

}  // namespace

std::string losses_text(const v1::Ledger& ledger) {
  std::string text;
  const auto add = [&](const std::string& reason, std::uint64_t count) {
    if (count > 0) text += (text.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  };
  // In alphabetical order; a map of the wire has none. Superseded is no loss: newer came instead.
  for (const auto& [reason, count] :
       std::map<std::string, std::uint64_t>(ledger.dropped().begin(), ledger.dropped().end()))
    if (reason != kSuperseded) add(reason, count);
  add("missing", ledger.missing());
  return text.empty() ? "none" : text;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string status_table(const std::string& hub, const std::vector<ServiceState>& states) {
  std::string text = "hub " + hub + "\n";
  if (states.empty()) return text + "no service is there\n";
  std::vector<std::vector<std::string>> rows = {{"NAME", "KIND", "UP", "MEMORY", "CLOCK", "FLOW",
                                                 "RECEIVED", "DONE", "IN FLIGHT", "SUPERSEDED",
                                                 "LOST"}};
  std::vector<std::string> notes;
  for (const auto& [service, status, clock] : states) {
    if (!status) {
      rows.push_back({service.name(), service.kind(), "silent"});
      notes.push_back(service.name() + ": " + status.error().message);
      continue;
    }
    std::vector<std::string> head = {service.name(), service.kind(), duration(status->uptime_s()),
                                     memory(*status), clock_text(clock)};
    if (status->ledgers().empty()) rows.push_back(head);
    for (const auto& ledger : status->ledgers()) {
      auto row = head;
      for (const auto& cell :
           {ledger.flow(), std::to_string(ledger.received()), std::to_string(ledger.done()),
            std::to_string(ledger.in_flight()), superseded_text(ledger), losses_text(ledger)})
        row.push_back(cell);
      rows.push_back(std::move(row));
      head.assign(head.size(), "");
    }
    std::string facts;
    for (const auto& [name, value] :
         std::map<std::string, std::string>(status->facts().begin(), status->facts().end()))
      // Of the geometry there is more than a line holds; `--json` has it.
      if (!value.empty() && !name.starts_with("geometry."))
        facts += (facts.empty() ? "" : ", ") + name + " " + value;
    for (const auto& note : {facts, speed_text(*status), axis_text(service, *status)})
      if (!note.empty()) notes.push_back(service.name() + ": " + note);
  }
  text += aligned(rows);
  for (const auto& note : notes) text += note + "\n";
  return printable(text, true);
}

}  // namespace slicecast::cli
