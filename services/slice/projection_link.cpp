#include "services/slice/projection_link.h"

#include <utility>

namespace slicecast::slice {

void ProjectionLink::open(wire::Context& context, wire::BulkConsumer::Options options) {
  context_ = &context;
  options_ = std::move(options);
  consumer_ = wire::BulkConsumer::create(context, options_);
}

std::shared_ptr<wire::BulkConsumer> ProjectionLink::consumer() const {
  std::lock_guard lock(mutex_);
  return consumer_;
}

std::optional<wire::BulkMessage> ProjectionLink::take(std::chrono::milliseconds deadline) {
  if (again_.exchange(false)) begin_again();
  auto message = consumer()->take(deadline);
  if (!message || message->header.sequence() == 0) return message;
  if (message->header.instance() != instance_) catch_up_ = 0;
  instance_ = message->header.instance();
  newest_ = message->header.sequence();
  return message;
}

// A new consumer: messages still under way to the old one cannot be taken for repeated ones.
void ProjectionLink::begin_again() {
  std::shared_ptr<wire::BulkConsumer> old;
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  old = std::exchange(consumer_, wire::BulkConsumer::create(*context_, options_));
  lost_ = 0;
  catch_up_ = std::max(catch_up_, newest_);
}

void ProjectionLink::set_card(CardIdentity card) {
  std::lock_guard lock(mutex_);
  options_.card = std::move(card);
}

void ProjectionLink::go_on_without_card(const wire::BulkMessage& message) {
  std::shared_ptr<wire::BulkConsumer> old;
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  options_.card = {};
  wire::BulkConsumer::Options options = options_;
  options.resume_instance = message.header.instance();
  options.resume_sequence = message.header.sequence();
  old = std::exchange(consumer_, wire::BulkConsumer::create(*context_, std::move(options)));
  lost_ = 0;
}

bool ProjectionLink::caught_up(const wire::BulkMessage& message) {
  if (catch_up_ == 0 || message.header.sequence() < catch_up_) return false;
  catch_up_ = 0;
  return true;
}

std::uint64_t ProjectionLink::take_lost() {
  const std::uint64_t lost = consumer()->counts().fell_off_ring;
  return lost - std::exchange(lost_, lost);
}

void ProjectionLink::connect(const std::string& address, const std::string& server_key) {
  std::lock_guard lock(mutex_);
  options_.address = address;
  options_.server_key = server_key;
  if (!stopped_) consumer_->connect(address, server_key);
}

wire::LinkState ProjectionLink::state() const {
  return consumer()->state();
}

void ProjectionLink::stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  if (consumer_) consumer_->stop();
}

}  // namespace slicecast::slice
