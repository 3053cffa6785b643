// Work that must not hold up the UI thread: encoding, files, marching cubes. One named thread, at
// most 16 jobs wait; `done` runs on the UI thread at the next poll().
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace slicecast::viewer {

class Background {
 public:
  // The text for the status bar; empty: nothing to say.
  using Job = std::function<std::string()>;
  using Done = std::function<void(const std::string&)>;

  explicit Background(std::function<void()> wake);
  ~Background();  // finishes what waits and joins

  bool run(Job job, Done done);  // false: too much waits
  void poll();                   // calls what is done; UI thread
  bool idle() const;
  void finish();  // waits until nothing is left to do, and calls what is done; UI thread

 private:
  struct Task {
    Job job;
    Done done;
    std::string text;
  };
  void work(const std::stop_token& stop);

  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Task> waiting_, finished_;
  bool busy_ = false;
  std::jthread thread_;
};

}  // namespace slicecast::viewer
