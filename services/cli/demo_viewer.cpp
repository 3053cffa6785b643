#include "services/cli/demo_viewer.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

namespace slicecast::cli {
namespace {

constexpr std::chrono::milliseconds kGrace{800};

bool has_display() {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return true;
  return false;
}

}  // namespace

DemoViewer DemoViewer::open(const std::string& hub, std::string& notice) {
  DemoViewer viewer;
  viewer.hub_ = hub;
  const auto program = program_folder() / "slicecast-viewer";
  if (!has_display()) {
    notice = "no display, so no viewer; set DISPLAY, or give --headless to keep it so";
    return viewer;
  }
  if (access(program.c_str(), X_OK) != 0) {
    notice = "no viewer beside this program; './dev build' builds it";
    return viewer;
  }
  // A demo leaves no traces: what is arranged here is not kept.
  auto made = ChildProcess::start(
      {"viewer", {program.string(), "--hub", hub, "--no-remember", "--log-level", "warning"}, 0});
  if (made)
    viewer.process_ = *std::move(made);
  else
    notice = made.error().message;
  return viewer;
}

void DemoViewer::request_stop() {
  if (!process_) return;
  process_->signal(SIGTERM);
  process_->signal(SIGCONT);  // a stopped process would not hear it
}

DemoViewer::~DemoViewer() {
  if (!process_) return;
  request_stop();
  // Readable once it has ended; what stays longer is killed with process_.
  pollfd ended{static_cast<int>(syscall(SYS_pidfd_open, process_->pid(), 0)), POLLIN, 0};
  if (ended.fd < 0) return;
  poll(&ended, 1, static_cast<int>(kGrace.count()));
  close(ended.fd);
}

std::optional<std::string> DemoViewer::ended() {
  if (!process_) return {};
  const auto ending = process_->poll();
  if (!ending) return {};
  process_.reset();
  const std::string how = ending->exit_code == 0 && ending->signal == 0
                              ? "viewer closed"
                              : "viewer ended with " + ending->text();
  return how + "; the demo goes on until Ctrl-C, 'slicecast-viewer --hub " + hub_ +
         "' opens it again";
}

}  // namespace slicecast::cli
