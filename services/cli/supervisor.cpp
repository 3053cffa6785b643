#include "services/cli/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace slicecast::cli {
namespace {

constexpr int kDone = 0;
constexpr int kMisconfigured = 2;  // usage, configuration, port in use, refused second instance

sigset_t child_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

std::chrono::milliseconds until(std::chrono::steady_clock::time_point moment) {
  const auto left = moment - std::chrono::steady_clock::now();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0));
}

}  // namespace

Supervisor::Supervisor(std::vector<ChildSpec> children, Timing timing, Events events)
    : timing_(timing), events_(std::move(events)) {
  for (auto& spec : children) slots_.push_back({.spec = std::move(spec)});
  const sigset_t set = child_signal();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  child_signals_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

Supervisor::~Supervisor() {
  stop();
  close(child_signals_);
  const sigset_t set = child_signal();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Result<void> Supervisor::launch(Slot& slot) {
  slot.due.reset();
  auto child = ChildProcess::start(slot.spec);
  if (!child) return child.error();
  slot.process = *std::move(child);
  slot.started = Clock::now();
  if (events_.started) events_.started(slot.spec.name, slot.process->pid());
  return {};
}

Result<void> Supervisor::start() {
  for (auto& slot : slots_) {
    if (auto ok = launch(slot); !ok) {
      stop();
      return ok;
    }
  }
  return {};
}

void Supervisor::reap(Slot& slot, const Ending& ending) {
  const auto lived = Clock::now() - slot.started;
  slot.process.reset();
  slot.settled_once = slot.settled_once || lived >= timing_.settled;
  std::optional<std::chrono::milliseconds> again;
  // What ran well once is not misconfigured: its port or name may come free again.
  const bool refused = ending.exit_code == kMisconfigured && !slot.settled_once;
  if (ending.signal != 0 || (ending.exit_code != kDone && !refused)) {
    const bool afresh = slot.pause.count() == 0 || lived >= timing_.settled;
    slot.pause = afresh ? timing_.first_pause : std::min(2 * slot.pause, timing_.longest_pause);
    slot.due = Clock::now() + slot.pause;
    again = slot.pause;
  } else {
    worst_exit_code_ = std::max(worst_exit_code_, ending.exit_code);
  }
  if (events_.ended) events_.ended(slot.spec.name, ending.text(), again);
}

void Supervisor::reap() {
  signalfd_siginfo taken{};
  while (read(child_signals_, &taken, sizeof taken) > 0) {
  }
  for (auto& slot : slots_)
    if (slot.process)
      if (const auto ending = slot.process->poll()) reap(slot, *ending);
}

void Supervisor::restart_due() {
  for (auto& slot : slots_) {
    if (!slot.due || *slot.due > Clock::now()) continue;
    auto ok = launch(slot);
    if (ok) continue;
    worst_exit_code_ = std::max(worst_exit_code_, kMisconfigured);
    if (events_.ended) events_.ended(slot.spec.name, ok.error().message, {});
  }
}

Supervisor::Clock::time_point Supervisor::next_due(Clock::time_point latest) const {
  for (const auto& slot : slots_)
    if (slot.due) latest = std::min(latest, *slot.due);
  return latest;
}

bool Supervisor::run(service::StopSignal& stop, std::chrono::milliseconds deadline) {
  const auto end = Clock::now() + deadline;
  while (!idle()) {
    const int readable[] = {child_signals_};
    if (stop.wait_for(until(next_due(end)), readable)) return true;
    reap();
    restart_due();
    if (Clock::now() >= end) break;
  }
  return stop.stopping();
}

bool Supervisor::idle() const {
  return std::ranges::none_of(slots_, [](const Slot& it) { return it.process || it.due; });
}

int Supervisor::worst_exit_code() const {
  return worst_exit_code_;
}

std::optional<pid_t> Supervisor::pid(const std::string& name) const {
  for (const auto& slot : slots_)
    if (slot.spec.name == name && slot.process) return slot.process->pid();
  return {};
}

void Supervisor::kill(const std::string& name, pid_t pid) {
  for (auto& slot : slots_)
    if (slot.spec.name == name && slot.process && slot.process->pid() == pid)
      slot.process->signal(SIGKILL);
}

void Supervisor::wait_for_child(std::chrono::milliseconds deadline) {
  pollfd source{child_signals_, POLLIN, 0};
  poll(&source, 1, static_cast<int>(deadline.count()));
  signalfd_siginfo taken{};
  while (read(child_signals_, &taken, sizeof taken) > 0) {
  }
}

void Supervisor::stop() {
  for (auto& slot : slots_) {
    slot.due.reset();
    if (!slot.process) continue;
    slot.process->signal(SIGTERM);
    slot.process->signal(SIGCONT);  // a stopped process would not hear it
  }
  const auto end = Clock::now() + timing_.grace;
  for (bool killed = false;;) {
    bool any = false;
    for (auto& slot : slots_) {
      if (slot.process && slot.process->poll()) slot.process.reset();
      any = any || slot.process;
    }
    if (!any) return;
    if (!killed && Clock::now() >= end) {
      killed = true;
      for (auto& slot : slots_)
        if (slot.process) slot.process->signal(SIGKILL);
    }
    wait_for_child(killed ? std::chrono::milliseconds(1000) : until(end));
  }
}

}  // namespace slicecast::cli
