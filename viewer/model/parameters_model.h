// The parameters of all services: what each server last said, what the user wants, and what is on
// its way. An edit is `pending` until the server echoes it (`applied`) or refuses it (`rejected`,
// with the server's words). Of each service at most one request is in flight, with one parameter in
// it; while it is, only the newest value of each parameter waits, so that dragging a slider floods
// nobody.
//
// Undo sends the older value through the same path, whatever service it belongs to. If somebody
// else changed the parameter in between, undo says so and does nothing until it is called with
// `force`. One thread (UI); network threads post `received` and `answered`.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "viewer/model/parameter_value.h"

namespace slicecast::viewer {

enum class EditState : std::uint8_t { applied, pending, rejected };

struct ParameterRow {
  v1::Parameter declared;    // with the value that the server said last
  v1::ParameterValue shown;  // the user's while pending, else the server's
  EditState state = EditState::applied;
  std::string message;             // of the refusal
  bool changed_elsewhere = false;  // the last change of the server's value was not ours
};

class ParametersModel {
 public:
  struct Request {
    std::uint64_t ticket = 0;
    std::string service;
    v1::SetParameters body;
  };
  struct UndoOutcome {
    bool done = false;      // an edit is pending that takes the value back (or there again)
    bool conflict = false;  // somebody else changed it: ask, then call again with force
    std::string text;       // one line of what was done or why not
  };

  // Everything a service declares, from ListParameters or after a restart. Revisions lower than one
  // seen of the same instance are ignored.
  void received(const std::string& service, std::uint64_t instance, const v1::Parameters& all);
  // The rows stay readable but cannot be edited; what waits and is in flight is given up.
  void gone(const std::string& service);
  // It is not expected back: its rows and its steps of undo go.
  void forget(const std::string& service);
  // Goes to other servers: nothing here is known there. Answers that are under way are ignored.
  void forget_all();

  std::vector<std::string> services() const;
  const std::vector<ParameterRow>& rows(const std::string& service) const;  // empty if unknown
  const ParameterRow* find(const std::string& service, const std::string& name) const;
  bool available(const std::string& service) const;
  std::uint64_t revision(const std::string& service) const;

  // Checked here first, so that nonsense never leaves the viewer. Edits of one parameter with the
  // same nonzero gesture (one drag) are one undo step.
  Result<void> edit(const std::string& service, const std::string& name, v1::ParameterValue value,
                    std::uint64_t gesture = 0);
  // Arrow keys; see stepped_value().
  Result<void> step(const std::string& service, const std::string& name, int direction,
                    StepSize size, std::optional<double> announced = {}, std::uint64_t gesture = 0);

  bool can_undo() const { return !undo_.empty(); }
  bool can_redo() const { return !redo_.empty(); }
  UndoOutcome undo(bool force = false);
  UndoOutcome redo(bool force = false);

  // The next request of any service that has none in flight; nothing when all is said.
  std::optional<Request> next_request();
  // The server's answer to `ticket`: its resulting parameters, or why not. A deadline that passed
  // or a server that went away puts the value back in the queue unless a newer one waits there.
  void answered(std::uint64_t ticket, const Result<v1::Parameters>& answer);

  static constexpr std::size_t kMostSteps = 200;  // older undo steps are forgotten

 private:
  enum class Origin : std::uint8_t { edit, undo, redo };
  struct Step {
    std::string service, name;
    v1::ParameterValue before, after;
    std::optional<v1::ParameterValue> confirmed;  // the newest of this step that the server applied
    std::uint64_t gesture = 0;
  };
  struct Wanted {
    std::string name;
    v1::ParameterValue value;
    Origin origin = Origin::edit;
  };
  struct Service {
    std::vector<ParameterRow> rows;
    std::uint64_t instance = 0, revision = 0;
    bool there = false;
    std::deque<Wanted> waiting;  // one per name
    std::optional<Wanted> in_flight;
    std::uint64_t ticket = 0;
  };

  ParameterRow* row(Service& service, const std::string& name);
  void take(Service& service, const v1::Parameters& all);
  void want(Service& service, Wanted wanted);
  void refuse(const std::string& name, Service& service, const Wanted& wanted, const Error& error);
  void confirm(const std::string& service, const Wanted& wanted);
  UndoOutcome travel(std::deque<Step>& from, std::deque<Step>& to, bool backwards, bool force);

  std::map<std::string, Service> services_;
  std::deque<Step> undo_, redo_;
  std::uint64_t next_ticket_ = 1;
};

}  // namespace slicecast::viewer
