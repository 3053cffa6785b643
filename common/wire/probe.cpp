#include "common/wire/probe.h"

#include "common/base/thread_name.h"
#include "common/wire/control.h"
#include "common/wire/directory.h"

namespace slicecast::wire {
namespace {

constexpr std::size_t kMaxQuestions = 64;
constexpr auto kPingDeadline = std::chrono::milliseconds(300);
constexpr auto kAnswerHolds = std::chrono::seconds(2);  // then it says nothing about now
using Clock = std::chrono::steady_clock;

}  // namespace

Probe::Probe(Context& context)
    : context_(context), thread_([this](std::stop_token stop) { run(stop); }) {}

Probe::~Probe() {
  thread_.request_stop();
  thread_.join();
}

Probe::Answer Probe::ask(const v1::Service& service) {
  std::lock_guard lock(mutex_);
  // Also those that nobody fetched, because the newcomer went away.
  std::erase_if(answers_, [](const auto& entry) {
    return entry.second.answer != Answer::pending &&
           Clock::now() - entry.second.since > kAnswerHolds;
  });
  const auto known = answers_.find(service.instance());
  if (known == answers_.end()) {
    if (answers_.size() >= kMaxQuestions) return Answer::pending;
    answers_[service.instance()] = {};
    questions_.push_back(service);
    asked_.notify_one();
    return Answer::pending;
  }
  const Answer answer = known->second.answer;
  if (answer != Answer::pending) answers_.erase(known);
  return answer;
}

void Probe::run(std::stop_token stop) {
  name_thread("hub-probe");
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!asked_.wait(lock, stop, [&] { return !questions_.empty(); })) return;
    const v1::Service service = std::move(questions_.front());
    questions_.pop_front();
    lock.unlock();
    const bool alive = answers(service, stop);
    lock.lock();
    answers_[service.instance()] = {alive ? Answer::alive : Answer::dead, Clock::now()};
  }
}

bool Probe::answers(const v1::Service& service, std::stop_token stop) {
  ControlClient::Options options;
  options.client = "hub-probe";
  options.address = link_address(service, "control");
  options.server_key = service.public_key();
  if (options.address.empty()) return false;
  auto client = ControlClient::create(context_, options);
  if (!client) return false;
  const std::stop_callback cancel(stop, [&] { (*client)->cancel(); });
  v1::Request request;
  request.mutable_ping();
  const auto reply = (*client)->request(std::move(request), kPingDeadline);
  // Another instance at the same address: the newcomer itself, on the fixed port of its forerunner.
  return reply && reply->instance() == service.instance();
}

}  // namespace slicecast::wire
