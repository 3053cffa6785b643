#include "viewer/model/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace slicecast::viewer {
namespace {

constexpr std::size_t kMostEvents = 32;

double seconds(std::int64_t ns) {
  return static_cast<double>(std::max<std::int64_t>(ns, 0)) * 1e-9;
}

}  // namespace

const char* to_string(ConnectionState state) {
  switch (state) {
    case ConnectionState::connecting: return "connecting";
    case ConnectionState::live: return "live";
    case ConnectionState::stale: return "stale";
    case ConnectionState::lost: return "lost";
  }
  return "unknown";
}

StatusShape shape_of(ConnectionState state) {
  switch (state) {
    case ConnectionState::connecting: return StatusShape::ring;
    case ConnectionState::live: return StatusShape::disc;
    case ConnectionState::stale: return StatusShape::triangle;
    case ConnectionState::lost: return StatusShape::cross;
  }
  return StatusShape::cross;
}

const char* glyph_of(StatusShape shape) {
  switch (shape) {
    case StatusShape::ring: return "○";
    case StatusShape::disc: return "●";
    case StatusShape::triangle: return "▲";
    case StatusShape::cross: return "✕";
  }
  return "?";
}

void Connection::tell(ConnectionEvent event) {
  if (events_.size() == kMostEvents) events_.erase(events_.begin());
  events_.push_back(event);
}

void Connection::connect(const std::string& address, std::int64_t now_ns) {
  if (started_ && address == address_) return;
  address_ = address;
  problem_.clear();
  started_ = true;
  // A service that moved while lost stays lost until it is heard: its images are as old as before.
  if (state_ == ConnectionState::lost) return;
  state_ = ConnectionState::connecting;
  since_ns_ = now_ns;
}

void Connection::heard(std::uint64_t instance, std::int64_t now_ns) {
  started_ = true;
  since_ns_ = now_ns;
  wait_ns_ = next_attempt_ns_ = 0;
  problem_.clear();
  if (instance != 0 && instance != instance_) {
    const bool restarted = instance_ != 0;
    instance_ = instance;
    if (restarted) tell(ConnectionEvent::new_instance);
  }
  if (state_ == ConnectionState::live) return;
  state_ = ConnectionState::live;
  tell(ConnectionEvent::became_live);
}

void Connection::failed(const std::string& message, std::int64_t now_ns) {
  if (state_ == ConnectionState::live) return;
  problem_ = message;
  if (state_ == ConnectionState::connecting) lose(now_ns);
}

void Connection::gone(const std::string& message, std::int64_t now_ns) {
  if (state_ != ConnectionState::lost) lose(now_ns);
  problem_ = message;
}

void Connection::lose(std::int64_t now_ns) {
  if (!started_) since_ns_ = now_ns;
  started_ = true;
  state_ = ConnectionState::lost;
  wait_ns_ = options_.first_retry_ns;
  next_attempt_ns_ = now_ns + wait_ns_;
  tell(ConnectionEvent::became_lost);
}

void Connection::advance(std::int64_t now_ns) {
  if (!started_) return;
  if (state_ == ConnectionState::live && now_ns - since_ns_ >= options_.stale_after_ns) {
    state_ = ConnectionState::stale;
    tell(ConnectionEvent::became_stale);
  }
  if ((state_ == ConnectionState::stale || state_ == ConnectionState::connecting) &&
      now_ns - since_ns_ >= options_.lost_after_ns)
    lose(now_ns);
  if (state_ == ConnectionState::lost && now_ns >= next_attempt_ns_) {
    tell(ConnectionEvent::attempt_due);
    wait_ns_ = std::min(2 * wait_ns_, options_.longest_retry_ns);
    next_attempt_ns_ = now_ns + wait_ns_;
  }
}

void Connection::retry_now(std::int64_t now_ns) {
  if (state_ == ConnectionState::live) return;
  tell(ConnectionEvent::attempt_due);
  if (state_ != ConnectionState::lost) return;
  wait_ns_ = options_.first_retry_ns;
  next_attempt_ns_ = now_ns + wait_ns_;
}

std::vector<ConnectionEvent> Connection::take_events() {
  return std::exchange(events_, {});
}

double Connection::silent_s(std::int64_t now_ns) const {
  return started_ ? seconds(now_ns - since_ns_) : 0;
}

double Connection::next_attempt_s(std::int64_t now_ns) const {
  return state_ == ConnectionState::lost ? seconds(next_attempt_ns_ - now_ns) : 0;
}

ConnectionView Connection::view(std::int64_t now_ns) const {
  ConnectionView view{.service = options_.service,
                      .address = address_,
                      .state = state_,
                      .shape = shape_of(state_),
                      .problem = problem_,
                      .dimmed = state_ != ConnectionState::live,
                      .instance = instance_};
  switch (state_) {
    case ConnectionState::connecting:
      view.text = address_.empty() ? "connecting: no address yet" : "connecting to " + address_;
      view.remedy = "Start the service, or check the address.";
      break;
    case ConnectionState::live: view.text = "live"; break;
    case ConnectionState::stale:
      view.text = fmt::format("stale {:.0f} s", std::floor(silent_s(now_ns)));
      view.remedy = "Nothing to do yet: the last image stays until the service answers again.";
      break;
    case ConnectionState::lost:
      view.text = fmt::format("lost {:.0f} s, next try in {:.0f} s", std::floor(silent_s(now_ns)),
                              std::ceil(next_attempt_s(now_ns)));
      view.remedy = "See whether the service runs (slicecast status), or enter another address.";
      break;
  }
  return view;
}

}  // namespace slicecast::viewer
