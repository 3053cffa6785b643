// Notices plugins that run but do nothing any more: their lease at the hub has ended although the
// process lives, they do not answer, or they say themselves that a call of their node hangs. Owns
// one named thread per hub.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "services/cli/client.h"
#include "services/cli/deployment.h"

namespace slicecast::cli {

class PluginWatch {
 public:
  struct Timing {
    std::chrono::milliseconds period{500};    // between two looks
    std::chrono::milliseconds answer{1000};   // how long it may take to say how it is
    std::chrono::milliseconds silence{2000};  // without a lease, or without an answer, before it
                                              // counts as hanging
  };
  struct Hung {
    std::string child;  // "plugin.NAME"
    pid_t pid;
    std::string why;
  };

  static Result<std::unique_ptr<PluginWatch>> create(const std::vector<WatchedPlugin>& plugins,
                                                     Timing timing);
  ~PluginWatch();

  // The supervisor's word on which process is the plugin now; it is watched from the moment that
  // the hub knows it. Any thread.
  void started(const std::string& child, pid_t pid);
  void ended(const std::string& child);
  // Those that hang, each once per process.
  std::vector<Hung> take_hung();

 private:
  using Clock = std::chrono::steady_clock;
  struct Watched {
    std::string child, service;
    pid_t pid = -1;          // -1: does not run
    bool was_there = false;  // at the hub, with this pid
    Clock::time_point well;  // when it was seen to be well last
  };
  struct Hub {
    std::unique_ptr<Client> client;
    std::vector<std::string> children;
    std::jthread thread;
  };
  PluginWatch(Timing timing) : timing_(timing) {}
  void watch(Hub& hub, const std::stop_token& stop);
  void look(Hub& hub, const std::string& child, const std::vector<v1::Service>& services);
  void judge(const std::string& child, pid_t pid, bool well, bool at_once, const std::string& why);

  const Timing timing_;
  std::mutex mutex_;
  std::map<std::string, Watched> watched_;
  std::vector<Hung> hung_;
  std::vector<std::unique_ptr<Hub>> hubs_;  // last: their threads use the others
};

}  // namespace slicecast::cli
