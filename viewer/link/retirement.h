// Where links end that the viewer has left: their threads are joined and their sockets closed on a
// named thread (view-leave), so that the window does not wait for servers that do not answer.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "viewer/link/server_link.h"

namespace slicecast::viewer {

class Retirement {
 public:
  Retirement();
  ~Retirement();  // until all have ended
  Retirement(const Retirement&) = delete;
  Retirement& operator=(const Retirement&) = delete;

  // Closes it at once: nothing of it arrives any more. Waits for a place while kMost others end.
  void take(std::unique_ptr<ServerLink> link);

  static constexpr std::size_t kMost = 8;

 private:
  void run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::unique_ptr<ServerLink>> links_;
  std::jthread thread_;
};

}  // namespace slicecast::viewer
