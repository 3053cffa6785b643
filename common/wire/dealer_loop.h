// The consuming end of bulk and feed: one DEALER and the one thread that uses it. Repeats the
// demand every 500 ms, at once after request_demand() and as soon as a lost connection is back.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "common/base/buffer.h"
#include "common/base/error.h"
#include "common/wire/context.h"
#include "common/wire/growth_guard.h"
#include "common/wire/handshake_watch.h"
#include "common/wire/link_state.h"
#include "common/wire/wake.h"
#include "slicecast/v1/common.pb.h"

namespace slicecast::wire {

class DealerLoop {
 public:
  // All but full() are called on the loop's thread.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual std::string demand() = 0;  // as of now, serialised
    // Parses the first part. False: it is none of ours, and the message is dropped. `pixels` is set
    // to the format of the parts that follow, null when none are announced; it must stay valid
    // until message() or bad_size().
    virtual bool header(std::span<const char> bytes, const v1::PixelFormat*& pixels) = 0;
    virtual void message(ConstBufferPtr pixels) = 0;  // the parsed message is whole
    virtual void bad_size() = 0;                      // it is not what its header announced
    virtual void too_large() = 0;                     // parts without end; the link starts over
    virtual bool full() const = 0;                    // stop reading until request_demand()
  };

  DealerLoop(Context& context, const std::string& thread_name, std::size_t max_message_bytes,
             std::shared_ptr<BufferPool> pool, Owner& owner);
  ~DealerLoop();  // stops and joins

  // Any thread. The same address again only reconnects when nothing is heard from it.
  void connect(std::string address, std::string server_key);
  void request_demand();
  LinkState state() const;
  // Why the address given last cannot be used, or why the other end refuses us.
  std::optional<Error> problem() const;

 private:
  struct Target {
    std::string address, server_key;
  };
  void run(std::stop_token stop);
  void switch_target();
  void open();
  void look_at_growth();
  void look_at_handshake();
  void send_demand();
  bool receive_one();

  Context& context_;
  const std::string thread_name_;
  const std::size_t max_message_bytes_;
  const std::shared_ptr<BufferPool> pool_;
  Owner& owner_;

  mutable std::mutex mutex_;
  std::optional<Target> next_target_;
  std::optional<Error> problem_;

  std::atomic<bool> demand_requested_{false};
  std::atomic<std::int64_t> heard_ns_{0};  // 0: nothing yet from this address

  // The thread's own.
  Target target_;
  zmq::socket_t socket_;
  std::optional<HandshakeWatch> watch_;  // while nothing is heard; after its socket
  bool unconnected_ = false;             // the last demand found no connection
  GrowthGuard growth_;
  std::chrono::steady_clock::time_point reopen_;  // when there is no socket for a while
  std::chrono::steady_clock::time_point next_demand_;

  Wake wake_;
  std::jthread thread_;
};

}  // namespace slicecast::wire
