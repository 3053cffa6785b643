// Requests to one service, one after the other on a named thread of its own, so that nobody else
// waits. The address may change at any time: what is under way then fails as `cancelled`.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/wire/control.h"

namespace slicecast::viewer {

class Requester {
 public:
  using Done = std::function<void(Result<v1::Reply>)>;  // on the requester's thread

  struct Options {
    std::string client;
    v1::Role role = v1::OPERATE;
    std::string thread_name;
    std::chrono::milliseconds deadline{2000};
    std::chrono::milliseconds renew{0};  // RenewLease when silent for so long; 0: never
  };
  Requester(wire::Context& context, Options options);
  ~Requester();  // stops and joins; what waits fails as `cancelled`
  Requester(const Requester&) = delete;
  Requester& operator=(const Requester&) = delete;

  // The service, any thread. Empty: nobody is there, requests fail as `unavailable`.
  void point_at(const std::string& address, const std::string& server_key, std::uint64_t instance);
  // At most kMaxWaiting wait; then, and while nobody is there, `done` is called at once.
  void ask(v1::Request request, Done done);
  wire::ClockOffset clock() const;

  static constexpr std::size_t kMaxWaiting = 256;

 private:
  struct Job {
    v1::Request request;
    Done done;
  };
  void run(const std::stop_token& stop);
  std::shared_ptr<wire::ControlClient> client();

  wire::Context& context_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;
  std::string address_, server_key_;
  std::uint64_t instance_ = 0;
  std::shared_ptr<wire::ControlClient> client_;  // null: to be made for address_
  std::jthread thread_;
};

}  // namespace slicecast::viewer
