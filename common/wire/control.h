// Control link: requests with a deadline (design section 3). A dead or slow server costs its caller
// `deadline_exceeded`; the next request works.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/wire/context.h"
#include "slicecast/v1/control.pb.h"

namespace slicecast::wire {

// Fills the body of `reply`; an Error becomes error_code and error_message. Runs on the server's
// thread, one request at a time: hand long work to another thread. Ping never gets here.
using ControlHandler = std::function<Result<void>(const v1::Request& request, v1::Reply& reply)>;

class ControlServer {
 public:
  struct Options {
    std::string name;
    std::vector<std::string> bind;
    std::uint64_t instance = 0;
  };
  static Result<std::unique_ptr<ControlServer>> create(Context& context, Options options,
                                                       ControlHandler handler);
  virtual ~ControlServer() = default;  // stops and joins
  virtual std::vector<std::string> addresses() const = 0;
  virtual std::uint64_t bad_requests() const = 0;  // bytes that were no request
};

// Difference server clock - our clock, from the round trip with the least delay lately.
struct ClockOffset {
  std::int64_t offset_ns = 0;
  std::int64_t error_ns = 0;  // half that round trip
  bool known = false;
};

class ControlClient {
 public:
  struct Options {
    std::string client;             // a random part is added
    bool client_is_unique = false;  // take `client` as it is: one owner over several connections
    std::string address;
    std::string server_key;
    v1::Role role = v1::OPERATE;
  };
  static Result<std::unique_ptr<ControlClient>> create(Context& context, Options options);
  virtual ~ControlClient() = default;

  // Blocks up to the deadline. Thread-safe; one request at a time. Late replies are dropped. An
  // error_code in the reply becomes an Error.
  virtual Result<v1::Reply> request(v1::Request request, std::chrono::milliseconds deadline =
                                                             std::chrono::milliseconds(2000)) = 0;
  // The running request and all later ones return `cancelled`; from any thread.
  virtual void cancel() = 0;
  virtual ClockOffset clock_offset() const = 0;
  virtual const std::string& client_id() const = 0;
  virtual const std::string& address() const = 0;
};

}  // namespace slicecast::wire
