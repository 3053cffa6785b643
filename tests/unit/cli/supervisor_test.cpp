#include "services/cli/supervisor.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "tests/unit/cli/run_program.h"

using namespace slicecast;
using namespace slicecast::cli;
using namespace std::chrono_literals;

namespace {

constexpr Supervisor::Timing kQuick{
    .first_pause = 1ms, .longest_pause = 4ms, .settled = 1h, .grace = 100ms};

ChildSpec shell(const std::string& script) {
  return {"child", {"/bin/sh", "-c", script}, 0};
}

// What happened, and stops the supervisor's loop after so many ends.
struct Record {
  service::StopSignal stop;
  std::vector<pid_t> started;
  std::vector<std::string> ended;
  std::vector<long> pauses;  // -1: not restarted
  std::size_t stop_after = 1;
  Supervisor::Events events() {
    return {[this](const std::string&, pid_t pid) { started.push_back(pid); },
            [this](const std::string&, const std::string& how, auto again) {
              ended.push_back(how);
              pauses.push_back(again ? again->count() : -1);
              if (ended.size() == stop_after) stop.request_stop();
            }};
  }
};

}  // namespace

TEST_CASE("a program that cannot be run is refused, and nothing stays behind") {
  Witness witness;
  Record record;
  Supervisor supervisor({shell("exec sleep 1000"), {"ghost", {"/no/such/program"}, 0}}, kQuick,
                        record.events());
  const auto started = supervisor.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().message.find("/no/such/program") != std::string::npos);
  witness.close_our_writer();
  CHECK(witness.all_gone());
  CHECK(supervisor.idle());
}

TEST_CASE("a child that is done, refused or misconfigured is not restarted") {
  for (const int code : {0, 2}) {
    Record record;
    Supervisor supervisor({shell("exit " + std::to_string(code))}, kQuick, record.events());
    REQUIRE(supervisor.start());
    supervisor.run(record.stop, 1h);
    CHECK(record.pauses == std::vector<long>{-1});
    CHECK(supervisor.idle());
    CHECK(supervisor.worst_exit_code() == code);
  }
}

TEST_CASE("a failing child is restarted with doubling pauses up to the longest") {
  Record record;
  record.stop_after = 5;
  Supervisor supervisor({shell("exit 1")}, kQuick, record.events());
  REQUIRE(supervisor.start());
  CHECK(supervisor.run(record.stop, 1h));
  CHECK(record.pauses == std::vector<long>{1, 2, 4, 4, 4});
  CHECK(record.ended.front() == "exit code 1");
}

TEST_CASE("a long life starts the pauses afresh") {
  Record record;
  record.stop_after = 4;
  auto timing = kQuick;
  timing.settled = 0ms;
  Supervisor supervisor({shell("exit 1")}, timing, record.events());
  REQUIRE(supervisor.start());
  CHECK(supervisor.run(record.stop, 1h));
  CHECK(record.pauses == std::vector<long>{1, 1, 1, 1});
}

TEST_CASE("a killed child comes back as another process") {
  Record record;
  Supervisor supervisor({{"hub",
                          {(program_binaries() / "slicecast-hub").string(), "--control-port", "0",
                           "--metrics-port", "-1", "--log-level", "error"},
                          0}},
                        kQuick, record.events());
  REQUIRE(supervisor.start());
  kill(*supervisor.pid("hub"), SIGKILL);
  record.stop_after = 0;
  while (record.started.size() < 2) supervisor.run(record.stop, 10ms);
  CHECK(record.ended == std::vector<std::string>{"signal 9 (Killed)"});
  CHECK(record.started[0] != record.started[1]);
  CHECK(supervisor.pid("hub") == record.started[1]);
  supervisor.stop();
  CHECK(supervisor.idle());
}

TEST_CASE("a stop ends children that ignore SIGTERM, and what they started themselves") {
  Witness witness;
  Record record;
  const std::string ready = "echo ready >&" + std::to_string(witness.writer());
  Supervisor supervisor({shell("trap '' TERM; sleep 1000 & " + ready + "; while :; do wait; done"),
                         shell("sleep 1000 & " + ready + "; wait")},
                        kQuick, record.events());
  REQUIRE(supervisor.start());
  CHECK(witness.line() == "ready");
  CHECK(witness.line() == "ready");
  supervisor.stop();
  CHECK(supervisor.idle());
  witness.close_our_writer();
  CHECK(witness.all_gone());
}

TEST_CASE("children run with the environment, priority and signal mask they expect") {
  Witness witness;
  Record record;
  auto spec = shell("echo $SLICECAST_PARENT_PID $(nice) >&" + std::to_string(witness.writer()));
  spec.nice = 5;
  Supervisor supervisor({spec}, kQuick, record.events());
  REQUIRE(supervisor.start());
  const int lower = std::min(getpriority(PRIO_PROCESS, 0) + 5, 19);
  CHECK(witness.line() == std::to_string(getpid()) + " " + std::to_string(lower));
  supervisor.run(record.stop, 1h);
}
