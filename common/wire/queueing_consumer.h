// What the consumers of bulk and feed share: a queue between the link's thread and the application,
// and how an arriving header is read. The derived class owns the DealerLoop, as its last member.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "common/wire/dealer_loop.h"

namespace slicecast::wire {

template <class Interface, class Message>
class QueueingConsumer : public Interface, protected DealerLoop::Owner {
 public:
  void connect(std::string address, std::string server_key) final {
    loop().connect(std::move(address), std::move(server_key));
  }
  void stop() final {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    arrived_.notify_all();
  }
  typename Interface::Counts counts() const final {
    std::lock_guard lock(mutex_);
    return counts_;
  }
  LinkState state() const final { return loop().state(); }
  std::optional<Error> problem() const final { return loop().problem(); }

 protected:
  void too_large() final {
    std::lock_guard lock(mutex_);
    ++counts_.bad_size;
  }

  virtual DealerLoop& loop() = 0;
  virtual const DealerLoop& loop() const = 0;

  // The oldest queued message; nothing at the deadline or after stop(). `lock` holds mutex_.
  std::optional<Message> next(std::unique_lock<std::mutex>& lock,
                              std::chrono::milliseconds deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    arrived_.wait_until(lock, until, [&] { return stopped_ || !queue_.empty(); });
    if (stopped_ || queue_.empty()) return std::nullopt;
    Message message = std::move(queue_.front());
    queue_.pop_front();
    return message;
  }

  // DealerLoop::Owner::header() for any header with an instance and a pixel format.
  template <class Header>
  bool parse(std::span<const char> bytes, Header& parsed, const v1::PixelFormat*& pixels) {
    if (!parsed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        parsed.instance() == 0) {
      std::lock_guard lock(mutex_);
      ++counts_.bad_header;
      return false;
    }
    pixels = parsed.has_pixels() ? &parsed.pixels() : nullptr;
    return true;
  }

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Message> queue_;
  bool stopped_ = false;
  typename Interface::Counts counts_;
};

}  // namespace slicecast::wire
