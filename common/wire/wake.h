// Wakes a thread that waits on a socket: an eventfd polled beside it. signal() from any thread;
// wait() and clear() from the owning one. Signals coalesce, so signalling a busy thread costs no
// system call.
#pragma once

#include <atomic>
#include <chrono>

#include <zmq.hpp>

namespace slicecast::wire {

class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  void signal();
  void clear();  // call before looking at the state that signal() announces
  int fd() const { return fd_; }

 private:
  int fd_;
  std::atomic<bool> pending_{false};
};

struct Ready {
  bool readable = false;
  bool writable = false;
};

// Waits until the socket (may be null) can be read, or written when `for_writing`, or until a
// signal, or until `limit` has passed. Clears the signal.
Ready wait(zmq::socket_t* socket, bool for_reading, bool for_writing, Wake& wake,
           std::chrono::nanoseconds limit);

}  // namespace slicecast::wire
