#include "viewer/model/parameters_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace slicecast::viewer {
namespace {

bool may_be_lost(Errc code) {
  return code == Errc::deadline_exceeded || code == Errc::unavailable || code == Errc::cancelled;
}

}  // namespace

ParameterRow* ParametersModel::row(Service& service, const std::string& name) {
  const auto found = std::ranges::find_if(
      service.rows, [&](const ParameterRow& r) { return r.declared.name() == name; });
  return found == service.rows.end() ? nullptr : &*found;
}

void ParametersModel::received(const std::string& service, std::uint64_t instance,
                               const v1::Parameters& all) {
  Service& known = services_[service];
  if (known.there && known.instance == instance && all.revision() < known.revision) return;
  if (known.instance != instance) {  // a restarted service: it lists anew what it has
    known.waiting.clear();
    known.in_flight.reset();
    known.rows.clear();
    known.revision = 0;
  }
  known.instance = instance;
  known.there = true;
  take(known, all);
}

void ParametersModel::take(Service& service, const v1::Parameters& all) {
  const bool newer = all.revision() > service.revision;
  service.revision = all.revision();
  std::vector<ParameterRow> rows;
  rows.reserve(static_cast<std::size_t>(all.parameters_size()));
  for (const v1::Parameter& declared : all.parameters()) {
    ParameterRow taken;
    const ParameterRow* before = row(service, declared.name());
    if (before != nullptr) taken = *before;
    const bool changed = before && !same_value(before->declared.value(), declared.value());
    taken.declared = declared;
    if (taken.state != EditState::pending) taken.shown = declared.value();
    if (changed && newer) {
      const bool ours = service.in_flight && service.in_flight->name == declared.name() &&
                        same_value(service.in_flight->value, declared.value());
      taken.changed_elsewhere = !ours;
      if (taken.state == EditState::rejected) {
        taken.state = EditState::applied;
        taken.message.clear();
      }
    }
    rows.push_back(std::move(taken));
  }
  service.rows = std::move(rows);
}

void ParametersModel::gone(const std::string& service) {
  const auto found = services_.find(service);
  if (found == services_.end()) return;
  Service& lost = found->second;
  lost.there = false;
  lost.waiting.clear();
  lost.in_flight.reset();
  for (ParameterRow& r : lost.rows) {
    if (r.state != EditState::pending) continue;
    r.shown = r.declared.value();
    r.state = EditState::rejected;
    r.message = service + " went away before it answered; set the value again";
  }
}

void ParametersModel::forget(const std::string& service) {
  services_.erase(service);
  const auto of_it = [&](const Step& step) { return step.service == service; };
  std::erase_if(undo_, of_it);
  std::erase_if(redo_, of_it);
}

void ParametersModel::forget_all() {
  services_.clear();
  undo_.clear();
  redo_.clear();
}

std::vector<std::string> ParametersModel::services() const {
  std::vector<std::string> names;
  for (const auto& [name, service] : services_) names.push_back(name);
  return names;
}

const std::vector<ParameterRow>& ParametersModel::rows(const std::string& service) const {
  static const std::vector<ParameterRow> none;
  const auto found = services_.find(service);
  return found == services_.end() ? none : found->second.rows;
}

const ParameterRow* ParametersModel::find(const std::string& service,
                                          const std::string& name) const {
  const auto& all = rows(service);
  const auto found =
      std::ranges::find_if(all, [&](const ParameterRow& r) { return r.declared.name() == name; });
  return found == all.end() ? nullptr : &*found;
}

bool ParametersModel::available(const std::string& service) const {
  const auto found = services_.find(service);
  return found != services_.end() && found->second.there;
}

std::uint64_t ParametersModel::revision(const std::string& service) const {
  const auto found = services_.find(service);
  return found == services_.end() ? 0 : found->second.revision;
}

void ParametersModel::want(Service& service, Wanted wanted) {
  ParameterRow* target = row(service, wanted.name);
  target->shown = wanted.value;
  target->state = EditState::pending;
  target->message.clear();
  const auto waiting = std::ranges::find(service.waiting, wanted.name, &Wanted::name);
  if (waiting != service.waiting.end())
    *waiting = std::move(wanted);
  else
    service.waiting.push_back(std::move(wanted));
}

Result<void> ParametersModel::edit(const std::string& service, const std::string& name,
                                   v1::ParameterValue value, std::uint64_t gesture) {
  const auto found = services_.find(service);
  if (found == services_.end() || !found->second.there)
    return Error{Errc::unavailable, service + " is not there; wait until it is connected"};
  ParameterRow* target = row(found->second, name);
  if (target == nullptr)
    return Error{Errc::not_found, fmt::format("{} has no parameter '{}'", service, name)};
  auto good = checked_value(target->declared, std::move(value));
  if (!good) return good.error();
  if (same_value(*good, target->shown) && target->state != EditState::rejected) return {};

  const bool same_drag = gesture != 0 && !undo_.empty() && undo_.back().gesture == gesture &&
                         undo_.back().service == service && undo_.back().name == name;
  if (same_drag) {
    undo_.back().after = *good;
  } else {
    undo_.push_back({service, name, target->shown, *good, {}, gesture});
    if (undo_.size() > kMostSteps) undo_.pop_front();
  }
  redo_.clear();
  want(found->second, {name, *std::move(good), Origin::edit});
  return {};
}

Result<void> ParametersModel::step(const std::string& service, const std::string& name,
                                   int direction, StepSize size, std::optional<double> announced,
                                   std::uint64_t gesture) {
  const ParameterRow* target = find(service, name);
  if (target == nullptr)
    return Error{Errc::not_found, fmt::format("{} has no parameter '{}'", service, name)};
  auto value = stepped_value(target->declared, target->shown, direction, size, announced);
  if (!value) return value.error();
  return edit(service, name, *std::move(value), gesture);
}

ParametersModel::UndoOutcome ParametersModel::travel(std::deque<Step>& from, std::deque<Step>& to,
                                                     bool backwards, bool force) {
  if (from.empty()) return {false, false, backwards ? "nothing to undo" : "nothing to redo"};
  Step step = from.back();
  const v1::ParameterValue& goal = backwards ? step.before : step.after;
  const v1::ParameterValue& left = backwards ? step.after : step.before;
  const auto found = services_.find(step.service);
  ParameterRow* target =
      found == services_.end() || !found->second.there ? nullptr : row(found->second, step.name);
  if (target == nullptr)
    return {false, false,
            fmt::format("{} is not there, so {} stays as it is; wait until it is connected",
                        step.service, step.name)};
  if (!same_value(target->shown, left) && !force)
    return {false, true,
            fmt::format("{} was changed to {} by somebody else; set it to {} all the same?",
                        step.name, to_text(target->shown), to_text(goal))};
  const std::string told = fmt::format("{} back to {}", step.name, to_text(goal));
  want(found->second, {step.name, goal, backwards ? Origin::undo : Origin::redo});
  step.gesture = 0;  // a drag that goes on is a new step
  from.pop_back();
  to.push_back(std::move(step));
  return {true, false, told};
}

ParametersModel::UndoOutcome ParametersModel::undo(bool force) {
  return travel(undo_, redo_, true, force);
}
ParametersModel::UndoOutcome ParametersModel::redo(bool force) {
  return travel(redo_, undo_, false, force);
}

std::optional<ParametersModel::Request> ParametersModel::next_request() {
  for (auto& [name, service] : services_) {
    if (!service.there || service.in_flight || service.waiting.empty()) continue;
    service.in_flight = std::move(service.waiting.front());
    service.waiting.pop_front();
    service.ticket = next_ticket_++;
    Request request{service.ticket, name, {}};
    (*request.body.mutable_values())[service.in_flight->name] = service.in_flight->value;
    return request;
  }
  return std::nullopt;
}

void ParametersModel::confirm(const std::string& service, const Wanted& wanted) {
  for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) {
    if (step->service != service || step->name != wanted.name) continue;
    // A drag goes on while its earlier values are being applied.
    if (wanted.origin == Origin::edit) step->confirmed = wanted.value;
    return;
  }
}

void ParametersModel::refuse(const std::string& name, Service& service, const Wanted& wanted,
                             const Error& error) {
  const bool superseded =
      std::ranges::find(service.waiting, wanted.name, &Wanted::name) != service.waiting.end();
  if (ParameterRow* target = row(service, wanted.name); target && !superseded) {
    target->shown = target->declared.value();
    target->state = EditState::rejected;
    target->message = error.message;
  }
  if (superseded) return;
  // What never took effect cannot be undone; an undo that was refused can be tried again.
  const auto mine = [&](const Step& step) {
    return step.service == name && step.name == wanted.name;
  };
  if (wanted.origin == Origin::edit && !undo_.empty() && mine(undo_.back())) {
    Step& step = undo_.back();
    if (step.confirmed)
      step.after = *step.confirmed;
    else
      undo_.pop_back();
  } else if (wanted.origin == Origin::undo && !redo_.empty() && mine(redo_.back())) {
    undo_.push_back(std::move(redo_.back()));
    redo_.pop_back();
  } else if (wanted.origin == Origin::redo && !undo_.empty() && mine(undo_.back())) {
    redo_.push_back(std::move(undo_.back()));
    undo_.pop_back();
  }
}

void ParametersModel::answered(std::uint64_t ticket, const Result<v1::Parameters>& answer) {
  for (auto& [name, service] : services_) {
    if (service.ticket != ticket || !service.in_flight) continue;
    const Wanted sent = *service.in_flight;
    const bool newer_waits =
        std::ranges::find(service.waiting, sent.name, &Wanted::name) != service.waiting.end();
    if (answer) {
      ParameterRow* target = row(service, sent.name);
      if (target && !newer_waits) target->state = EditState::applied;
      if (answer->revision() >= service.revision) take(service, *answer);
      target = row(service, sent.name);
      if (target && !newer_waits) target->shown = target->declared.value();
      if (target) target->changed_elsewhere = !same_value(target->declared.value(), sent.value);
      confirm(name, sent);
      service.in_flight.reset();
    } else {
      service.in_flight.reset();
      if (!may_be_lost(answer.error().code))
        refuse(name, service, sent, answer.error());
      else if (!newer_waits)
        service.waiting.push_front(sent);
    }
    return;
  }
}

}  // namespace slicecast::viewer
