// Serves one SOCKS5 connection (RFC 1928, no authentication, IPv4) as `ssh -D` would.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace slicecast::wire::test {

class Socks5Proxy {
 public:
  explicit Socks5Proxy(int port = 0);  // 0: the system chooses
  ~Socks5Proxy();
  const std::string& address() const { return address_; }
  std::size_t forwarded() const { return forwarded_.load(); }

 private:
  void run(std::stop_token stop);
  bool greet(std::stop_token stop);
  void forward(std::stop_token stop);

  std::string address_;
  int listener_, client_ = -1, server_ = -1;
  std::atomic<std::size_t> forwarded_{0};
  std::jthread thread_;
};

}  // namespace slicecast::wire::test
