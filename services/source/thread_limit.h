// Caps the threads that rendering uses, for as long as it lives.
#pragma once

#include <memory>

namespace slicecast::source {

class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);  // 0: as many as there are cores
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slicecast::source
