#include <algorithm>
#include <cstdio>
#include <map>

#include "services/cli/status_text.h"

namespace slicecast::cli {
namespace {

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

std::string memory(const v1::Status& status) {
  const auto found = status.gauges().find("process_resident_mib");
  return found == status.gauges().end() ? "-" : fixed(found->second, 0) + " MiB";
}

}  // namespace

std::string losses_text(const v1::Ledger& ledger) {
  std::string text;
  const auto add = [&](const std::string& reason, std::uint64_t count) {
    if (count > 0) text += (text.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  };
  // In alphabetical order; a map of the wire has none.
  for (const auto& [reason, count] :
       std::map<std::string, std::uint64_t>(ledger.dropped().begin(), ledger.dropped().end()))
    add(reason, count);
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
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "KIND", "UP", "MEMORY", "FLOW", "RECEIVED", "DONE", "IN FLIGHT", "LOST"}};
  std::vector<std::string> notes;
  for (const auto& [service, status] : states) {
    if (!status) {
      rows.push_back({service.name(), service.kind(), "silent"});
      notes.push_back(service.name() + ": " + status.error().message);
      continue;
    }
    std::vector<std::string> head = {service.name(), service.kind(), duration(status->uptime_s()),
                                     memory(*status)};
    if (status->ledgers().empty()) rows.push_back(head);
    for (const auto& ledger : status->ledgers()) {
      auto row = head;
      for (const auto& cell :
           {ledger.flow(), std::to_string(ledger.received()), std::to_string(ledger.done()),
            std::to_string(ledger.in_flight()), losses_text(ledger)})
        row.push_back(cell);
      rows.push_back(std::move(row));
      head.assign(head.size(), "");
    }
    std::string facts;
    for (const auto& [name, value] :
         std::map<std::string, std::string>(status->facts().begin(), status->facts().end()))
      if (!value.empty()) facts += (facts.empty() ? "" : ", ") + name + " " + value;
    if (!facts.empty()) notes.push_back(service.name() + ": " + facts);
  }
  text += aligned(rows);
  for (const auto& note : notes) text += note + "\n";
  return text;
}

}  // namespace slicecast::cli
