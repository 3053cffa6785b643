// One child process in its own process group, so that a Ctrl-C in the terminal reaches only us and
// we decide the order of the end. It dies with us, however we die.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace slicecast::cli {

struct ChildSpec {
  std::string name;                    // for people
  std::vector<std::string> arguments;  // [0]: the program, a path or a name looked up in PATH
  int nice = 0;                        // added to ours
};

// How a process ended.
struct Ending {
  int exit_code = 0;         // when it ended by itself
  int signal = 0;            // when a signal ended it
  std::string text() const;  // "exit code 2", "signal 9 (Killed)"
};

// Not copyable. The destructor kills and reaps. Start and end it in the main thread: the kernel
// ties a child to the thread that made it.
class ChildProcess {
 public:
  static Result<ChildProcess> start(const ChildSpec& spec);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }
  std::optional<Ending> poll();  // set once, when it has ended; never blocks
  Ending wait();                 // blocks; for children that end by themselves
  void signal(int number);       // to its whole process group

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  Ending ended(int status);
  pid_t pid_ = -1;
};

// Folder of the running program, where its sister programs are.
std::filesystem::path program_folder();

}  // namespace slicecast::cli
