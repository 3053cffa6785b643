#include "peer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "link_fixture.h"

namespace slicecast::wire::test {

PeerProcess::PeerProcess(const std::vector<std::string>& arguments) {
  // Beside this test program, wherever it was built.
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string program = self.parent_path() / "wire_peer";
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int in[2], out[2];
  REQUIRE(pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(pipe2(out, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  REQUIRE(posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
}

PeerProcess::~PeerProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(to_);
  close(from_);
}

void PeerProcess::signal(int number) {
  kill(pid_, number);
  if (number != SIGSTOP) return;
  REQUIRE(eventually([&] {
    siginfo_t stopped = {};
    return waitid(P_PID, static_cast<id_t>(pid_), &stopped, WSTOPPED | WNOHANG) == 0 &&
           stopped.si_pid == pid_;
  }));
}

void PeerProcess::write_line() {
  REQUIRE(write(to_, "\n", 1) == 1);
}

std::string PeerProcess::read_line() {
  std::string line;
  pollfd item = {from_, POLLIN, 0};
  for (char c = 0;
       poll(&item, 1, static_cast<int>(kHang.count())) > 0 && read(from_, &c, 1) == 1;) {
    if (c == '\n') return line;
    line += c;
  }
  return {};
}

std::uint64_t field(const std::string& line, const std::string& name) {
  const auto at = line.find(name + "=");
  REQUIRE(at != std::string::npos);
  return std::stoull(line.substr(at + name.size() + 1));
}

}  // namespace slicecast::wire::test
