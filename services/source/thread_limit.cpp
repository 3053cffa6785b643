#include "services/source/thread_limit.h"

#include <tbb/global_control.h>

namespace slicecast::source {

struct ThreadLimit::State {
  explicit State(std::size_t threads)
      : control(tbb::global_control::max_allowed_parallelism, threads) {}
  tbb::global_control control;
};

ThreadLimit::ThreadLimit(int threads) {
  if (threads > 0) state_ = std::make_unique<State>(static_cast<std::size_t>(threads));
}

ThreadLimit::~ThreadLimit() = default;

}  // namespace slicecast::source
