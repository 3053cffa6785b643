// Serves one SOCKS5 connection (RFC 1928, no authentication, IPv4) as `ssh -D` would.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace slicecast::wire::test {

class Socks5Proxy {
 public:
  Socks5Proxy();
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
