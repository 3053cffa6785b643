// What the hub and the services say about themselves, asked about twice a second off the UI thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/wire/control.h"
#include "common/wire/link_state.h"
#include "slicecast/v1/control.pb.h"
#include "viewer/model/link_budget.h"

namespace slicecast::viewer {

struct ServiceReport {
  v1::Service service;
  Result<v1::Status> status = Error{Errc::deadline_exceeded, "not asked yet"};
  std::optional<v1::Parameters> parameters;  // none: the service has none, or did not answer
  wire::ClockOffset clock;
};

// What is asked for because the link to the slice server carries no more; see LinkBudget.
struct LinkReport {
  LinkChoice choice;
  std::string text;  // empty: nothing is limited
  double bytes_per_s = 0, capacity = 0;
};

struct Report {
  std::string hub;
  std::optional<Error> hub_problem;     // none: the hub answers
  std::vector<ServiceReport> services;  // by name; the last ones known while the hub is away
  // Of the link to the slice server's feed.
  wire::LinkState feed_state = wire::LinkState::connecting;
  std::uint64_t feed_bytes = 0, feed_superseded = 0, feed_bad = 0;
  std::string feed_problem;  // of the last image that was not what its header says
  LinkReport link;
  bool slice_server_listed = false;
  std::int64_t asked_ns = 0;  // steady clock

  const ServiceReport* of_kind(const std::string& kind) const;
  const ServiceReport* named(const std::string& name) const;
};
using ReportPtr = std::shared_ptr<const Report>;

}  // namespace slicecast::viewer
