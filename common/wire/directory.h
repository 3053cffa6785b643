// Finding each other: services announce themselves to the hub and renew a lease; everybody asks it
// who is there. The hub is a directory only; everything else goes direct.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/wire/context.h"
#include "common/wire/control.h"
#include "slicecast/v1/control.pb.h"

namespace slicecast::wire {

inline constexpr int kHubPort = 47600;
// --hub, else SLICECAST_HUB, else tcp://127.0.0.1:47600.
std::string hub_address(const std::string& option);

// Announces one service for as long as it lives and withdraws it at the end. Survives a hub that
// comes and goes. Owns one named thread.
class Announcer {
 public:
  // `undecided`: the hub finds out whether the former holder of our name still runs.
  enum class State : std::uint8_t { seeking_hub, undecided, announced, refused };
  // Called once if the hub says that a live service has our name.
  using Refused = std::function<void(const Error&)>;
  // Called when the hub is there and keys do not let us in, and again when the reason changes. It
  // goes on asking: a key that is added helps at once.
  using KeptOut = std::function<void(const Error&)>;

  static Result<std::unique_ptr<Announcer>> create(Context& context, const std::string& hub,
                                                   v1::Service service, Refused refused,
                                                   KeptOut kept_out = {});
  virtual ~Announcer() = default;
  virtual State state() const = 0;
  // Waits until the hub has granted or refused the name. Comes back with seeking_hub when no hub
  // answered within `patience`: work must not depend on one.
  virtual State wait_for_hub(std::chrono::milliseconds patience) = 0;
};

// Asks the hub; keeps the last answer so that a hub that is away for a while costs nothing.
class Directory {
 public:
  static Result<std::unique_ptr<Directory>> create(Context& context, const std::string& hub);
  virtual ~Directory() = default;
  virtual Result<std::vector<v1::Service>> services(std::chrono::milliseconds deadline) = 0;
  // By name; a remedy-bearing error lists the names that are there.
  virtual Result<v1::Service> find(const std::string& name, std::chrono::milliseconds deadline) = 0;
  // Ends what waits for the hub, for good; from any thread.
  virtual void cancel() = 0;
};

// Address of a link of a service as seen from here; empty when it has none.
std::string link_address(const v1::Service& service, const std::string& link);

// Keeps asking for a service and reports each new instance or address of one of its links:
// found(address, server_key, instance). Owns one named thread.
class Follower {
 public:
  using Found = std::function<void(const std::string& address, const std::string& server_key,
                                   std::uint64_t instance)>;
  static Result<std::unique_ptr<Follower>> create(Context& context, const std::string& hub,
                                                  std::string service, std::string link,
                                                  Found found);
  virtual ~Follower() = default;
};

// The hub's own state: leases only. Used by services/hub and in tests. A second instance of a name
// is refused as long as the first answers; whether it does is asked on a thread of its own,
// meanwhile the newcomer is told `unavailable` and asks again.
class HubServer {
 public:
  struct Options {
    std::vector<std::string> bind;
    std::uint64_t instance = 0;
    std::chrono::milliseconds lease{3000};  // unless a service asks for another
    ControlHandler otherwise;  // requests that are not about the directory; may be empty
  };
  static Result<std::unique_ptr<HubServer>> create(Context& context, Options options);
  virtual ~HubServer() = default;
  virtual std::vector<std::string> addresses() const = 0;
  virtual std::size_t service_count() const = 0;
};

}  // namespace slicecast::wire
