// The slice server's end of the bulk link of filtered projections, which can be read from the
// oldest message again when the store is lost.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/wire/bulk.h"

namespace slicecast::slice {

class ProjectionLink {
 public:
  // Once, before all else.
  void open(wire::Context& context, wire::BulkConsumer::Options options);

  // The next message, or nothing at the deadline. Call from one thread, as the next four.
  std::optional<wire::BulkMessage> take(std::chrono::milliseconds deadline);
  // Whether this message is the last that had been taken before everything was asked for again.
  bool caught_up(const wire::BulkMessage& message);
  std::uint64_t take_lost();  // sequences that fell off the ring since the last call

  // The image of this message, taken last, cannot be read on the card: it comes again, with all
  // after it, as pixels. Call from the thread that takes.
  void go_on_without_card(const wire::BulkMessage& message);

  // Any thread. After ask_again() the producer's whole ring comes once more. `card`: whose memory
  // can be mapped from now on; unknown: none.
  void set_card(CardIdentity card);
  void ask_again() { again_ = true; }
  void connect(const std::string& address, const std::string& server_key);
  wire::LinkState state() const;
  void stop();  // wakes take()

 private:
  void begin_again();
  std::shared_ptr<wire::BulkConsumer> consumer() const;

  wire::Context* context_ = nullptr;
  std::atomic<bool> again_{false};
  mutable std::mutex mutex_;
  wire::BulkConsumer::Options options_;  // with the address connected to last
  std::shared_ptr<wire::BulkConsumer> consumer_;
  bool stopped_ = false;
  std::uint64_t instance_ = 0, newest_ = 0;  // taken last
  std::uint64_t catch_up_ = 0;               // sequence; 0: nothing is being repeated
  std::uint64_t lost_ = 0;                   // told already
};

}  // namespace slicecast::slice
