#include "viewer/link/requester.h"

#include "common/base/thread_name.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer {

Requester::Requester(wire::Context& context, Options options)
    : context_(context),
      options_(std::move(options)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Requester::~Requester() {
  thread_.request_stop();
  std::shared_ptr<wire::ControlClient> client;
  {
    std::lock_guard lock(mutex_);
    client = client_;
  }
  if (client) client->cancel();
  thread_.join();
  for (const auto& job : jobs_)
    if (job.done) job.done(Error{Errc::cancelled, "the viewer went to other servers"});
}

void Requester::point_at(const std::string& address, const std::string& server_key,
                         std::uint64_t instance) {
  std::shared_ptr<wire::ControlClient> old;
  {
    std::lock_guard lock(mutex_);
    if (address == address_ && server_key == server_key_ && instance == instance_) return;
    address_ = address;
    server_key_ = server_key;
    instance_ = instance;
    old = std::move(client_);
    client_.reset();
  }
  if (old) old->cancel();
  changed_.notify_all();
}

void Requester::ask(v1::Request request, Done done) {
  Error refusal{Errc::unavailable, "the service is not there; it is followed when it comes back"};
  {
    std::lock_guard lock(mutex_);
    if (!address_.empty() && jobs_.size() < kMaxWaiting) {
      jobs_.push_back({std::move(request), std::move(done)});
      changed_.notify_all();
      return;
    }
    if (!address_.empty())
      refusal = {Errc::resource_exhausted, "too many requests wait for the service; try again"};
  }
  done(refusal);
}

wire::ClockOffset Requester::clock() const {
  std::lock_guard lock(mutex_);
  return client_ ? client_->clock_offset() : wire::ClockOffset{};
}

std::shared_ptr<wire::ControlClient> Requester::client() {
  std::lock_guard lock(mutex_);
  if (client_ || address_.empty()) return client_;
  wire::ControlClient::Options options;
  options.client = options_.client;
  options.client_is_unique = true;
  options.address = address_;
  options.server_key = server_key_;
  options.role = options_.role;
  if (auto made = wire::ControlClient::create(context_, options)) client_ = *std::move(made);
  return client_;
}

void Requester::run(const std::stop_token& stop) {
  name_thread(options_.thread_name);
  const bool renews = options_.renew.count() > 0;
  constexpr std::chrono::hours kNever{1};
  while (!stop.stop_requested()) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      const auto waits = renews ? options_.renew : kNever;
      changed_.wait_for(lock, stop, waits, [&] { return !jobs_.empty(); });
      if (stop.stop_requested()) return;
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      } else if (!renews || address_.empty()) {
        continue;
      } else {
        job.request.mutable_renew_lease();
      }
    }
    const auto link = client();
    note_job(viewer::Job::network);
    auto reply = link ? link->request(std::move(job.request), options_.deadline)
                      : Result<v1::Reply>(Error{Errc::unavailable,
                                                "the service cannot be reached; see Connection"});
    if (job.done) job.done(std::move(reply));
  }
}

}  // namespace slicecast::viewer
