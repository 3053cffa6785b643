// One connection through a SOCKS5 proxy (RFC 1928, without authentication): the handshake, then
// bytes both ways, 64 KiB at a time. Never blocks; owns both descriptors. Use from one thread.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace slicecast::wire {

// CONNECT to "host" (a name, or a numeric address) and port. Nothing: the host is too long.
std::optional<std::string> socks_request(const std::string& host, int port);

class SocksConnection {
 public:
  // `near`: accepted; `far`: connecting to the proxy, both non-blocking. `request`: see above.
  SocksConnection(int near, int far, std::string request);
  ~SocksConnection();
  SocksConnection(const SocksConnection&) = delete;

  // What to poll for: near, far.
  std::array<pollfd, 2> wanted() const;
  // False: it is over.
  bool serve(const std::array<pollfd, 2>& ready);

 private:
  enum class Step { connecting, choosing, requesting, forwarding };
  struct Flow {  // from one end to the other
    std::array<char, 65536> bytes;
    std::size_t begin = 0, end = 0;
    bool empty() const { return begin == end; }
  };
  bool greet();
  bool read_reply(std::size_t bytes);  // at most so many, so that nothing behind it is taken
  bool shake_hands();
  static bool fill(int from, Flow& flow);
  static bool drain(int to, Flow& flow);

  const int near_, far_;
  const std::string request_;
  Step step_ = Step::connecting;
  std::string reply_;
  Flow out_, in_;
};

}  // namespace slicecast::wire
