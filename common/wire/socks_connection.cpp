#include "common/wire/socks_connection.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace slicecast::wire {
namespace {

constexpr char kVersion = 5, kConnect = 1, kIpv4 = 1, kName = 3, kIpv6 = 4;

bool again() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == EINPROGRESS;
}

// The handshake is so short that a socket always takes it whole.
bool send_all(int to, const std::string& bytes) {
  return send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

std::optional<std::string> socks_request(const std::string& host, int port) {
  std::string request{kVersion, kConnect, 0};
  char number[16];
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string bare = bracketed ? host.substr(1, host.size() - 2) : host;
  if (inet_pton(AF_INET, bare.c_str(), number) == 1) {
    request += kIpv4 + std::string(number, 4);
  } else if (inet_pton(AF_INET6, bare.c_str(), number) == 1) {
    request += kIpv6 + std::string(number, 16);
  } else {
    if (bare.empty() || bare.size() > 255) return std::nullopt;
    request += kName + std::string(1, static_cast<char>(bare.size())) + bare;
  }
  return request + static_cast<char>(port >> 8) + static_cast<char>(port & 0xff);
}

SocksConnection::SocksConnection(int near, int far, std::string request)
    : near_(near), far_(far), request_(std::move(request)) {}

SocksConnection::~SocksConnection() {
  close(near_);
  close(far_);
}

std::array<pollfd, 2> SocksConnection::wanted() const {
  const auto events = [](bool in, bool out) {
    return static_cast<short>((in ? POLLIN : 0) | (out ? POLLOUT : 0));
  };
  // A peer that gives up while the proxy says nothing closes its end only.
  if (step_ == Step::connecting) return {{{near_, POLLRDHUP, 0}, {far_, POLLOUT, 0}}};
  if (step_ != Step::forwarding) return {{{near_, POLLRDHUP, 0}, {far_, POLLIN, 0}}};
  // poll() tells of a hang-up whether asked or not: an end that waits for the other is left out.
  const auto item = [](int end, short wanted) { return pollfd{wanted ? end : -1, wanted, 0}; };
  return {{item(near_, events(out_.empty(), !in_.empty())),
           item(far_, events(in_.empty(), !out_.empty()))}};
}

bool SocksConnection::greet() {
  int failure = 0;
  socklen_t size = sizeof failure;
  getsockopt(far_, SOL_SOCKET, SO_ERROR, &failure, &size);
  step_ = Step::choosing;
  return failure == 0 && send_all(far_, {kVersion, 1, 0});  // one method: no authentication
}

bool SocksConnection::read_reply(std::size_t bytes) {
  while (reply_.size() < bytes) {
    char piece[300];
    const auto got = recv(far_, piece, bytes - reply_.size(), 0);
    if (got == 0 || (got < 0 && !again())) return false;
    if (got < 0) return true;
    reply_.append(piece, static_cast<std::size_t>(got));
  }
  return true;
}

bool SocksConnection::shake_hands() {
  if (step_ == Step::choosing) {
    if (!read_reply(2)) return false;
    if (reply_.size() < 2) return true;
    if (reply_[0] != kVersion || reply_[1] != 0 || !send_all(far_, request_)) return false;
    reply_.clear();
    step_ = Step::requesting;
    return true;
  }
  // Version, outcome, 0, kind of address, then the address and a port of two bytes.
  if (!read_reply(5)) return false;
  if (reply_.size() < 5) return true;
  if (reply_[0] != kVersion || reply_[1] != 0) return false;
  const std::size_t address = reply_[3] == kIpv4   ? 4
                              : reply_[3] == kIpv6 ? 16
                                                   : 1 + static_cast<unsigned char>(reply_[4]);
  if (!read_reply(6 + address)) return false;
  if (reply_.size() == 6 + address) step_ = Step::forwarding;
  return true;
}

bool SocksConnection::fill(int from, Flow& flow) {
  const auto got = recv(from, flow.bytes.data(), flow.bytes.size(), 0);
  if (got == 0 || (got < 0 && !again())) return false;
  flow.begin = 0;
  flow.end = got > 0 ? static_cast<std::size_t>(got) : 0;
  return true;
}

bool SocksConnection::drain(int to, Flow& flow) {
  const auto sent = send(to, flow.bytes.data() + flow.begin, flow.end - flow.begin, MSG_NOSIGNAL);
  if (sent < 0) return again();
  flow.begin += static_cast<std::size_t>(sent);
  return true;
}

bool SocksConnection::serve(const std::array<pollfd, 2>& ready) {
  constexpr short kGone = POLLERR | POLLHUP | POLLRDHUP | POLLNVAL;
  const short near = ready[0].revents, far = ready[1].revents;
  if (near == 0 && far == 0) return true;
  if (step_ != Step::forwarding) {
    if ((near & kGone) != 0) return false;
    if (far == 0) return true;
    return step_ == Step::connecting ? greet() : shake_hands();
  }
  // A hung-up end may still have bytes to be read: recv() then tells when they are at their end.
  if (out_.empty() && (near & (POLLIN | kGone)) != 0 && !fill(near_, out_)) return false;
  if (in_.empty() && (far & (POLLIN | kGone)) != 0 && !fill(far_, in_)) return false;
  return (out_.empty() || drain(far_, out_)) && (in_.empty() || drain(near_, in_));
}

}  // namespace slicecast::wire
