// The viewer beside a demo: a child process that comes and goes without ending the demo.
#pragma once

#include <optional>
#include <string>

#include "services/cli/child_process.h"

namespace slicecast::cli {

// Use from the main thread. The destructor ends the viewer within a second.
class DemoViewer {
 public:
  // Opens the viewer on the servers behind `hub`. Without a display, without the program beside
  // this one, or when it cannot be run, there is none and `notice` says so in one line.
  static DemoViewer open(const std::string& hub, std::string& notice);
  DemoViewer(DemoViewer&&) noexcept = default;
  DemoViewer& operator=(DemoViewer&&) = delete;
  ~DemoViewer();

  void request_stop();  // does not wait
  // One line once, when it has ended since; else nothing.
  std::optional<std::string> ended();

 private:
  DemoViewer() = default;
  std::optional<ChildProcess> process_;
  std::string hub_;
};

}  // namespace slicecast::cli
