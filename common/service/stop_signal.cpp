#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <system_error>

#include "common/service/service.h"

namespace slicecast::service {
namespace {

// The kernel tells us when the parent dies; had it died before we asked, nobody would.
bool orphaned() {
  const char* parent = std::getenv(kParentVariable);
  if (parent == nullptr) return false;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  return std::to_string(getppid()) != parent;
}

int checked_descriptor(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

struct StopSignal::State {
  sigset_t previous{};
  int signals = -1, requests = -1;
  std::atomic<bool> stopping{false};
};

StopSignal::StopSignal() : state_(std::make_unique<State>()) {
  sigset_t stops;
  sigemptyset(&stops);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&stops, signal);
  pthread_sigmask(SIG_BLOCK, &stops, &state_->previous);
  // A closed terminal or pipe, and a file at its size limit, are errors of write(), not our end.
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
  state_->signals =
      checked_descriptor(signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
  state_->requests = checked_descriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
  if (orphaned()) request_stop();
}

StopSignal::~StopSignal() {
  close(state_->signals);
  close(state_->requests);
  pthread_sigmask(SIG_SETMASK, &state_->previous, nullptr);
}

void StopSignal::request_stop() {
  state_->stopping = true;
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the waiter is awake anyway.
  [[maybe_unused]] const auto written = write(state_->requests, &one, sizeof one);
}

bool StopSignal::wait_for(std::chrono::milliseconds deadline) {
  return wait_for(deadline, {});
}

bool StopSignal::wait_for(std::chrono::milliseconds deadline, std::span<const int> readable) {
  if (state_->stopping) return true;
  std::vector<pollfd> sources = {{state_->signals, POLLIN, 0}, {state_->requests, POLLIN, 0}};
  for (const int descriptor : readable) sources.push_back({descriptor, POLLIN, 0});
  const auto most = std::chrono::milliseconds(std::numeric_limits<int>::max());
  poll(sources.data(), sources.size(),
       static_cast<int>(std::clamp(deadline, std::chrono::milliseconds(0), most).count()));
  if (sources[0].revents == 0) return state_->stopping;
  signalfd_siginfo taken{};
  // Taken out, so that it is not delivered when the mask is restored.
  [[maybe_unused]] const auto got = read(state_->signals, &taken, sizeof taken);
  state_->stopping = true;
  return true;
}

bool StopSignal::stopping() const {
  pollfd source{state_->signals, POLLIN, 0};
  return state_->stopping || poll(&source, 1, 0) > 0;
}

}  // namespace slicecast::service
