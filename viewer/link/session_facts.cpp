#include "viewer/link/session_facts.h"

#include <charconv>
#include <string_view>

namespace slicecast::viewer {
namespace {

constexpr std::string_view kGeometry = "geometry.";

std::uint64_t number_in(const v1::Status& status, const std::string& name) {
  const auto found = status.facts().find(name);
  std::uint64_t number = 0;
  if (found != status.facts().end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
  return number;
}

std::string text_in(const v1::Status& status, const std::string& name) {
  const auto found = status.facts().find(name);
  return found == status.facts().end() ? "" : found->second;
}

// Images that are frozen or compared keep them for long: what explains a parameter is left out.
v1::Parameters values_of(const v1::Parameters& parameters) {
  v1::Parameters kept;
  for (const auto& parameter : parameters.parameters()) {
    auto& value = *kept.add_parameters();
    value.set_name(parameter.name());
    value.set_unit(parameter.unit());
    *value.mutable_value() = parameter.value();
  }
  return kept;
}

void add_processing(SessionFacts& facts, const ServiceReport& projection) {
  const v1::Status& status = *projection.status;
  facts.processed_scan = text_in(status, "scan_id");
  facts.epoch = number_in(status, "epoch");
  facts.geometry_revision = number_in(status, "geometry_revision");
  if (projection.parameters) facts.revision = projection.parameters->revision();
  for (const auto& [name, value] : status.facts())
    if (name.starts_with(kGeometry)) facts.geometry[name.substr(kGeometry.size())] = value;
}

}  // namespace

SessionFactsPtr session_facts(const Report& report, const std::string& viewer) {
  auto facts = std::make_shared<SessionFacts>();
  facts->viewer = viewer;
  bool processed = false;
  for (const auto& entry : report.services) {
    const std::string& name = entry.service.name();
    if (entry.parameters) facts->parameters[name] = values_of(*entry.parameters);
    if (!entry.status) continue;
    const bool projection = entry.service.kind() == "projection" && !processed;
    if (projection) add_processing(*facts, entry);
    processed = processed || projection;
    for (const auto& [key, value] : entry.status->facts())
      if (!projection || !key.starts_with(kGeometry)) facts->facts[name + "." + key] = value;
    if (entry.service.kind() == "slice") facts->scan_id = text_in(*entry.status, "scan_id");
  }
  return facts;
}

}  // namespace slicecast::viewer
