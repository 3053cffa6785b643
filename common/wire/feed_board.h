// What a feed has to show, and what each consumer has seen of it: decides what is sent next to
// whom. Knows no sockets. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/buffer.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::wire {

// Of several subscriptions that match the longest prefix counts; null when none does.
const v1::Subscription* subscription_for(const std::string& key,
                                         const std::vector<v1::Subscription>& subscriptions);

class FeedBoard {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  struct Sighting {  // of a key by a consumer
    std::uint64_t version = 0;
    std::uint64_t publication = 0;
    Time next_allowed;  // rate limit
  };
  struct Viewer {
    std::string name;
    std::vector<v1::Subscription> subscriptions;
    std::uint64_t last_taken = 0, delivery = 0;
    std::uint64_t unreadable = 0;  // as it said last; a rise frees what is in flight
    bool in_flight = false;
    std::map<std::string, Sighting> seen;
    std::map<std::string, std::uint64_t> removals;  // notices not yet given: key -> version
    std::string last_key;                           // keys take turns, starting after this one
    std::uint64_t delivered = 0, superseded = 0;
    bool blocked = false;  // its pipe was full; until its next demand
    Time last_heard, last_sent;
  };
  struct Delivery {
    v1::FeedHeader header;
    ConstBufferPtr pixels;
    v1::Encoding encoding = v1::NATIVE;
    std::uint32_t max_side = 0;
  };

  explicit FeedBoard(std::uint64_t instance) : instance_(instance) {}

  // Returns the version; 0 when a version was given that does not rise.
  std::uint64_t publish(const std::string& key, v1::FeedHeader header, ConstBufferPtr pixels);
  void remove(const std::string& key);

  void heard(const std::string& peer, const v1::FeedDemand& demand, Time now);
  void forget(const std::string& peer) { viewers_.erase(peer); }
  std::map<std::string, Viewer>& viewers() { return viewers_; }
  const std::map<std::string, Viewer>& viewers() const { return viewers_; }

  bool wanted(const std::string& key) const;
  // Every viewer that wants the key has taken its newest version.
  bool taken(const std::string& key) const;

  // The next message for this viewer, already noted as in flight. Nothing: it has seen all, has one
  // in flight, or must wait; then `retry` is moved forward to when a rate limit ends.
  std::optional<Delivery> next(Viewer& viewer, Time now, Time& retry);

 private:
  struct Entry {
    v1::FeedHeader header;
    ConstBufferPtr pixels;
    std::uint64_t publication = 0;
  };
  using Entries = std::map<std::string, Entry>;

  void resubscribe(Viewer& viewer, const v1::FeedDemand& demand);
  void recall(Viewer& viewer, const v1::FeedDemand& demand);
  bool due(const Viewer& viewer, const Entries::value_type& entry, Time now, Time& retry) const;
  Entries::const_iterator choose(const Viewer& viewer, Time now, Time& retry) const;

  const std::uint64_t instance_;
  Entries entries_;
  std::uint64_t publications_ = 0;
  std::uint64_t highest_removed_ = 0;  // keys that come back must go on above their last version
  std::map<std::string, Viewer> viewers_;
};

}  // namespace slicecast::wire
