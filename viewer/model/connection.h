// State of the link to one service as the user sees it: connecting, live, stale for n seconds, or
// lost with the time to the next attempt. Pure bookkeeping: what happened and when comes in as
// calls with a steady time in ns; nothing here looks at a clock or a socket. One thread (the link
// thread, or the UI thread with calls posted to it); copy `view()` to hand it on.
//
//   connecting --heard--> live --2 s silence--> stale --10 s silence--> lost --attempt due--> lost
//   ... any state --heard--> live; connecting --10 s silence--> lost
//
// The sockets reconnect to the same address by themselves. An attempt of this model is more: look
// the service up again (it may have come back at another address) and connect anew; it becomes due
// 0.5 s after the loss, then after twice the time before, at most 8 s.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace slicecast::viewer {

enum class ConnectionState : std::uint8_t { connecting, live, stale, lost };
const char* to_string(ConnectionState state);

// State by shape, so that nobody needs to tell colours apart.
enum class StatusShape : std::uint8_t { ring, disc, triangle, cross };
StatusShape shape_of(ConnectionState state);
const char* glyph_of(StatusShape shape);  // UTF-8, in DejaVu Sans: ○ ● ▲ ✕

enum class ConnectionEvent : std::uint8_t {
  became_live,   // heard for the first time, or again after stale or lost
  new_instance,  // the service restarted: everything it said before is void, assert slices again
  became_stale,
  became_lost,
  attempt_due,  // look the service up and connect
};

struct ConnectionView {
  std::string service;  // "slice"
  std::string address;
  ConnectionState state = ConnectionState::connecting;
  StatusShape shape = StatusShape::ring;
  std::string text;     // "live", "stale 3 s", "lost 12 s, next try in 4 s"
  std::string problem;  // why the last attempt failed; empty: nothing known
  std::string remedy;   // what the user can do; empty while live
  bool dimmed = false;  // draw the last image dimmed
  std::uint64_t instance = 0;
};

class Connection {
 public:
  struct Options {
    std::string service;
    std::int64_t stale_after_ns = 2'000'000'000;
    std::int64_t lost_after_ns = 10'000'000'000;
    std::int64_t first_retry_ns = 500'000'000;
    std::int64_t longest_retry_ns = 8'000'000'000;
  };
  explicit Connection(Options options) : options_(std::move(options)) {}

  // The user or the directory named an address. Starts over unless it is the one in use.
  void connect(const std::string& address, std::int64_t now_ns);
  // Anything came from the service, a keep-alive as well; instance 0: not told.
  void heard(std::uint64_t instance, std::int64_t now_ns);
  // An attempt failed, or the address cannot be used; one line. Does not change a live link.
  void failed(const std::string& message, std::int64_t now_ns);
  // The service said goodbye or is known to be gone (its lease ran out).
  void gone(const std::string& message, std::int64_t now_ns);
  // Time passes; call every frame or every 100 ms.
  void advance(std::int64_t now_ns);
  // The user asks for an attempt now.
  void retry_now(std::int64_t now_ns);

  // What happened since the last call, oldest first, at most 32 (older ones are dropped).
  std::vector<ConnectionEvent> take_events();
  ConnectionState state() const { return state_; }
  std::uint64_t instance() const { return instance_; }
  const std::string& address() const { return address_; }
  double silent_s(std::int64_t now_ns) const;        // since anything was heard, or since connect()
  double next_attempt_s(std::int64_t now_ns) const;  // 0 unless lost
  ConnectionView view(std::int64_t now_ns) const;

 private:
  void lose(std::int64_t now_ns);
  void tell(ConnectionEvent event);

  const Options options_;
  std::string address_, problem_;
  ConnectionState state_ = ConnectionState::connecting;
  std::uint64_t instance_ = 0;
  std::int64_t since_ns_ = 0;  // last heard, or the time of connect()
  std::int64_t next_attempt_ns_ = 0, wait_ns_ = 0;
  bool started_ = false;
  std::vector<ConnectionEvent> events_;
};

}  // namespace slicecast::viewer
