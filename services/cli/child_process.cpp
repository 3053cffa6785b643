#include "services/cli/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "common/service/service.h"

extern char** environ;

namespace slicecast::cli {
namespace {

// Our environment plus the id by which the child knows us. Made before fork(): afterwards only
// async-signal-safe calls are allowed.
std::vector<std::string> environment() {
  const std::string own = std::string(service::kParentVariable) + "=";
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (std::strncmp(*entry, own.c_str(), own.size()) != 0) entries.emplace_back(*entry);
  entries.push_back(own + std::to_string(getpid()));
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

[[noreturn]] void become(const ChildSpec& spec, char* const* arguments, char* const* variables,
                         pid_t parent, int report) {
  setpgid(0, 0);
  // Kill, until the program asks for something gentler: a child that hangs before that must not
  // stay.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  if (spec.nice != 0) setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + spec.nice);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  execvpe(arguments[0], arguments, variables);
  const int failure = errno;
  [[maybe_unused]] const auto written = write(report, &failure, sizeof failure);
  _exit(127);
}

}  // namespace

std::string Ending::text() const {
  if (signal != 0) return "signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
  return "exit code " + std::to_string(exit_code);
}

Result<ChildProcess> ChildProcess::start(const ChildSpec& spec) {
  auto texts = spec.arguments;
  auto variables = environment();
  const auto argument_list = pointers(texts), variable_list = pointers(variables);
  // The pipe closes by itself when exec succeeds; else it carries errno.
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0)
    return Error{Errc::io, "no pipe for " + spec.name + ": " + std::strerror(errno)};
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(spec, argument_list.data(), variable_list.data(), parent, report[1]);
  const int fork_failure = errno;
  close(report[1]);
  int failure = 0;
  const bool failed = pid > 0 && read(report[0], &failure, sizeof failure) == sizeof failure;
  close(report[0]);
  if (pid < 0)
    return Error{Errc::resource_exhausted,
                 spec.name + " cannot be started: " + std::strerror(fork_failure) +
                     "; raise `ulimit -u` or end other processes"};
  ChildProcess child(pid);
  if (failed)
    return Error{Errc::not_found, spec.name + ": " + spec.arguments.front() + " cannot be run: " +
                                      std::strerror(failure) + "; give a program that exists"};
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::optional<Ending> ChildProcess::poll() {
  int status = 0;
  if (!running() || waitpid(pid_, &status, WNOHANG) != pid_) return {};
  return ended(status);
}

Ending ChildProcess::wait() {
  int status = 0;
  while (running() && waitpid(pid_, &status, 0) != pid_ && errno == EINTR) {
  }
  return ended(status);
}

Ending ChildProcess::ended(int status) {
  // What the child itself started shares its group and has no reason to go on.
  if (running()) kill(-pid_, SIGKILL);
  pid_ = -1;
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

void ChildProcess::signal(int number) {
  if (!running()) return;
  // The group may not exist yet in the very first moments, the process does.
  if (kill(-pid_, number) != 0) kill(pid_, number);
}

std::filesystem::path program_folder() {
  std::error_code failure;
  return std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
}

}  // namespace slicecast::cli
