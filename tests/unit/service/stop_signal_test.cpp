#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "common/service/service.h"

using slicecast::service::StopSignal;
using namespace std::chrono_literals;

TEST_CASE("without a signal the wait ends at its deadline") {
  StopSignal stop;
  CHECK_FALSE(stop.wait_for(1ms));
  CHECK_FALSE(stop.stopping());
}

TEST_CASE("a signal stops, and goes no further") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    StopSignal stop;
    kill(getpid(), signal);
    CHECK(stop.stopping());
    CHECK(stop.wait_for(1h));
    CHECK(stop.wait_for(1h));
    CHECK(stop.stopping());
  }
}

TEST_CASE("a request from another thread wakes the waiter") {
  StopSignal stop;
  std::jthread other([&] { stop.request_stop(); });
  CHECK(stop.wait_for(1h));
}

TEST_CASE("a process whose parent is gone stops") {
  // The variable names a process that is not our parent: it died before we asked to be told.
  setenv(slicecast::service::kParentVariable, "1", 1);
  if (getppid() != 1) {
    StopSignal stop;
    CHECK(stop.wait_for(1h));
  }
  setenv(slicecast::service::kParentVariable, std::to_string(getppid()).c_str(), 1);
  {
    StopSignal stop;
    CHECK_FALSE(stop.stopping());
    int signal = 0;
    prctl(PR_GET_PDEATHSIG, &signal);
    CHECK(signal == SIGTERM);
    prctl(PR_SET_PDEATHSIG, 0);
  }
  unsetenv(slicecast::service::kParentVariable);
}
