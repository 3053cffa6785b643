// Real services for one figure: child processes on ephemeral ports behind a hub of their own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "services/cli/child_process.h"
#include "services/cli/client.h"
#include "services/cli/demo_children.h"

namespace slicecast::cli {

// CPU and memory of a running process, from /proc.
struct ProcessUse {
  double cpu_s = 0;  // user and system, all threads
  double resident_mib = 0, peak_mib = 0;
};
Result<ProcessUse> process_use(pid_t pid);

// Use from the main thread. The destructor ends the children in reverse order.
class BenchStack {
 public:
  static Result<std::unique_ptr<BenchStack>> start();  // the hub alone
  ~BenchStack();

  // Starts slicecast-`kind` with these options beside those every child gets, and waits until the
  // hub knows it.
  Result<v1::Service> add(const std::string& kind, int threads, std::vector<std::string> options,
                          int nice = 0);
  // Ends that child, if there is one, and waits for it.
  void end(const std::string& kind);

  const std::string& hub() const { return hub_; }
  Client& client() { return *client_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  pid_t pid(const std::string& kind) const;

 private:
  explicit BenchStack(TemporaryDirectory folder) : folder_(std::move(folder)) {}
  struct Child {
    std::string kind;
    ChildProcess process;
  };
  TemporaryDirectory folder_;
  std::string hub_;
  std::unique_ptr<Client> client_;
  std::vector<Child> children_;
};

}  // namespace slicecast::cli
