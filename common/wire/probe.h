// Asks running services whether they still run, so that the hub itself never waits. Owns one named
// thread; at most 64 questions are open, further ones are forgotten (the newcomer asks again).
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "common/wire/context.h"
#include "slicecast/v1/control.pb.h"

namespace slicecast::wire {

class Probe {
 public:
  enum class Answer { pending, alive, dead };

  explicit Probe(Context& context);
  ~Probe();  // stops and joins

  // Whether `service` answers a Ping on its control link with its own instance. The first call asks
  // and returns `pending`; a later one fetches the answer, once.
  Answer ask(const v1::Service& service);

 private:
  struct Known {
    Answer answer = Answer::pending;
    std::chrono::steady_clock::time_point since;
  };
  void run(std::stop_token stop);
  bool answers(const v1::Service& service, std::stop_token stop);

  Context& context_;
  std::mutex mutex_;
  std::condition_variable_any asked_;
  std::deque<v1::Service> questions_;
  std::map<std::uint64_t, Known> answers_;  // by instance
  std::jthread thread_;
};

}  // namespace slicecast::wire
