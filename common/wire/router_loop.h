// The producing end of every link: one ROUTER and the one thread that uses it.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "common/wire/connection_watch.h"
#include "common/wire/pixel_parts.h"
#include "common/wire/socket.h"
#include "common/wire/wake.h"

namespace slicecast::wire {

class RouterLoop {
 public:
  // All are called on the loop's thread.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void received(const std::string& peer, std::span<const char> bytes) = 0;
    virtual void garbage() = 0;  // a message of a wrong number or size of parts, or without end
    // After every wake-up: send what can be sent. Returns when to be called again at the latest;
    // zero to look at the socket and come back at once.
    virtual std::chrono::nanoseconds turn() = 0;
  };

  RouterLoop(BoundSocket bound, const std::string& thread_name, Owner& owner);
  ~RouterLoop();  // stops and joins

  void wake() { wake_.signal(); }
  const std::vector<std::string>& addresses() const { return addresses_; }

  // On the loop's thread only.
  Sent send(const std::string& peer, const std::string& header, const ConstBufferPtr& pixels = {},
            std::size_t bytes = 0) {
    return send_message(socket_, &peer, header, pixels, bytes);
  }

 private:
  void run(std::stop_token stop);
  bool receive_one();

  zmq::socket_t socket_;
  ConnectionWatch connections_;
  const std::vector<std::string> addresses_;
  const std::string thread_name_;
  Owner& owner_;
  Wake wake_;
  std::jthread thread_;
};

}  // namespace slicecast::wire
