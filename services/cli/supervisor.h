// Keeps a set of child processes running: restarts what ends, with back-off, and stops all in the
// end. Single-threaded: make it, run it and destroy it in the main thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/service/service.h"
#include "services/cli/child_process.h"

namespace slicecast::cli {

class Supervisor {
 public:
  struct Timing {
    std::chrono::milliseconds first_pause{250};  // before a restart, doubling
    std::chrono::milliseconds longest_pause{8000};
    std::chrono::milliseconds settled{30000};  // a life this long starts the pauses afresh
    std::chrono::milliseconds grace{1000};     // from SIGTERM to SIGKILL
  };
  // Called in the thread of run().
  struct Events {
    std::function<void(const std::string& name, pid_t pid)> started;
    // `again`: when it will be restarted; empty: never, because it asked for that (0: done,
    // 2: refused or misconfigured, before it ever settled) or cannot be run.
    std::function<void(const std::string& name, const std::string& how,
                       std::optional<std::chrono::milliseconds> again)>
        ended;
  };

  Supervisor(std::vector<ChildSpec> children, Timing timing, Events events);
  ~Supervisor();  // stop()
  Supervisor(const Supervisor&) = delete;

  // Starts all, in order. The first that cannot be run is an error and those started are stopped.
  Result<void> start();
  // Reaps and restarts what is due. Returns at the deadline, on a stop (true), or when nothing runs
  // and nothing will.
  bool run(service::StopSignal& stop, std::chrono::milliseconds deadline);
  bool idle() const;            // nothing runs and nothing will
  int worst_exit_code() const;  // of children that will not come back
  std::optional<pid_t> pid(const std::string& name) const;
  // SIGKILL to a child that hangs, if it is still that process; it is restarted like one that
  // crashed.
  void kill(const std::string& name, pid_t pid);
  // SIGTERM and SIGCONT to all, SIGKILL to those that are still there after the grace; returns when
  // none is left.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Slot {
    ChildSpec spec;
    std::optional<ChildProcess> process;
    Clock::time_point started{};
    std::optional<Clock::time_point> due;  // of the restart
    std::chrono::milliseconds pause{0};    // last one
    bool settled_once = false;             // it has run well: a refusal may pass
  };
  Result<void> launch(Slot& slot);
  void reap();
  void reap(Slot& slot, const Ending& ending);
  void restart_due();
  void wait_for_child(std::chrono::milliseconds deadline);
  Clock::time_point next_due(Clock::time_point latest) const;

  const Timing timing_;
  const Events events_;
  std::vector<Slot> slots_;
  int worst_exit_code_ = 0;
  int child_signals_ = -1;  // readable after a child ended
};

}  // namespace slicecast::cli
