#include <algorithm>
#include <cmath>

#include "common/service/service.h"

namespace slicecast::service {

Parameters::Parameters(config::Settings settings, Changed changed)
    : settings_(std::move(settings)), changed_(std::move(changed)) {}

config::Settings Parameters::settings() const {
  std::lock_guard lock(mutex_);
  return settings_;
}

std::uint64_t Parameters::revision() const {
  std::lock_guard lock(mutex_);
  return revision_;
}

Result<void> Parameters::set(const std::map<std::string, config::Value>& values) {
  std::lock_guard one_at_a_time(set_mutex_);
  const config::Settings before = settings();
  config::Settings after = before;
  for (const auto& [name, value] : values) {
    if (auto ok = after.set(name, value); !ok) return ok.error();
    if (!after.find(name)->live)
      return Error{
          Errc::unsupported,
          name + " cannot be changed while running; set it in the configuration and restart"};
  }
  if (values.empty()) return {};
  if (changed_)
    if (auto ok = changed_(before, after); !ok) return ok.error();
  std::lock_guard lock(mutex_);
  settings_ = std::move(after);
  ++revision_;
  return {};
}

v1::Parameters Parameters::describe() const {
  std::lock_guard lock(mutex_);
  v1::Parameters described;
  described.set_revision(revision_);
  for (const auto& option : settings_.schema()) {
    v1::Parameter& parameter = *described.add_parameters();
    parameter.set_name(option.name);
    parameter.set_type(static_cast<v1::ParameterType>(option.type));
    parameter.set_unit(option.unit);
    *parameter.mutable_value() = to_proto(settings_.value(option.name), option.type);
    *parameter.mutable_default_value() = to_proto(option.default_value, option.type);
    if (std::isfinite(option.minimum)) parameter.set_minimum(option.minimum);
    if (std::isfinite(option.maximum)) parameter.set_maximum(option.maximum);
    for (const auto& choice : option.choices) parameter.add_choices(choice);
    parameter.set_doc(option.doc);
    parameter.set_live(option.live);
  }
  return described;
}

}  // namespace slicecast::service
