// The only file that sees nlohmann-json, whose header is slow to compile.
#include <cmath>
#include <nlohmann/json.hpp>

#include "services/cli/status_text.h"

namespace slicecast::cli {
namespace {

using Json = nlohmann::ordered_json;

Json ledger_json(const v1::Ledger& ledger) {
  Json dropped = Json::object();
  for (const auto& [reason, count] : ledger.dropped()) dropped[reason] = count;
  return {{"flow", ledger.flow()},      {"received", ledger.received()},
          {"done", ledger.done()},      {"in_flight", ledger.in_flight()},
          {"dropped", dropped},         {"expected", ledger.expected()},
          {"missing", ledger.missing()}};
}

Json status_of_service(const ServiceState& state) {
  const auto& [service, status, clock] = state;
  Json links = Json::object();
  for (const auto& link : service.links())
    links[link.name()] = std::vector<std::string>(link.addresses().begin(), link.addresses().end());
  Json out = {
      {"name", service.name()}, {"kind", service.kind()}, {"instance", service.instance()},
      {"pid", service.pid()},   {"links", links},         {"answered", static_cast<bool>(status)}};
  if (!status) {
    out["error"] = status.error().message;
    return out;
  }
  if (clock.known) {
    out["clock_offset_ms"] = 1e-6 * static_cast<double>(clock.offset_ns);
    out["clock_error_ms"] = 1e-6 * static_cast<double>(clock.error_ns);
  }
  out["version"] = status->version();
  out["uptime_s"] = status->uptime_s();
  out["ledgers"] = Json::array();
  for (const auto& ledger : status->ledgers()) out["ledgers"].push_back(ledger_json(ledger));
  out["gauges"] = Json::object();
  for (const auto& [name, value] : status->gauges())
    out["gauges"][name] = std::isfinite(value) ? Json(value) : Json(nullptr);
  out["facts"] = Json::object();
  for (const auto& [name, value] : status->facts()) out["facts"][name] = value;
  return out;
}

}  // namespace

std::string status_json(const std::string& hub, const std::vector<ServiceState>& states) {
  Json out = {{"hub", hub}, {"services", Json::array()}};
  for (const auto& state : states) out["services"].push_back(status_of_service(state));
  // A peer's text may be no UTF-8; that must not throw.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace slicecast::cli
