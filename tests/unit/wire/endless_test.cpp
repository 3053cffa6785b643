// Peers that never end what they send, told from those that send much. Raw ZMTP, because libzmq
// itself sends a message only when it is whole (ZMTP 3.1, rfc.zeromq.org/spec/37).
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "common/wire/address.h"
#include "link_fixture.h"

namespace slicecast::wire::test {
namespace {

constexpr std::size_t kPart = std::size_t{1} << 20;
constexpr std::size_t kFar = std::size_t{4} << 30;  // more than anybody may send in vain

class RawPeer {
 public:
  explicit RawPeer(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(static_cast<std::uint16_t>(parse_tcp(address)->port));
    open_ = connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    std::string greeting = {'\xff', 0, 0, 0, 0, 0, 0, 0, 1, '\x7f', 3, 0};
    greeting += "NULL";
    greeting.resize(64);
    send(greeting + "\4\x1c\5READY\vSocket-Type" + std::string("\0\0\0\6DEALER", 10));
  }
  ~RawPeer() { close(socket_); }

  // False: the other end has closed the connection.
  bool send(const std::string& bytes) {
    for (std::size_t at = 0; open_ && at < bytes.size();) {
      pollfd end{socket_, POLLOUT | POLLRDHUP, 0};
      if (poll(&end, 1, static_cast<int>(kHang.count())) != 1 || (end.revents & POLLRDHUP) != 0)
        return open_ = false;
      const auto sent =
          ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
      open_ = sent > 0;
      at += open_ ? static_cast<std::size_t>(sent) : 0;
    }
    return open_;
  }
  bool send_part(std::size_t size, bool more) {
    std::string head{more ? '\3' : '\2'};  // a long frame
    for (int shift = 56; shift >= 0; shift -= 8) head += static_cast<char>(size >> shift);
    return send(head) && send(std::string(size, '\xff'));
  }

 private:
  const int socket_;
  bool open_ = false;
};

}  // namespace

TEST_CASE("a peer that sends parts without end to a service is cut off and the others are served") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  const auto consumer = feed_consumer(*context, producer->addresses().front());
  RawPeer endless(producer->addresses().front());
  std::size_t sent = 0;
  while (sent < kFar && endless.send_part(kPart, true)) sent += kPart;
  CHECK(sent > (std::size_t{16} << 20));
  CHECK(sent < kFar);
  CHECK(eventually([&] { return producer->bad_demands() == 1; }));
  const auto shown = image(1);
  producer->publish("a", shown.header, shown.pixels);
  CHECK(consumer->take(kHang));
}

TEST_CASE("a peer that sends much in whole messages stays") {
  const auto context = plain_context();
  const auto producer = feed_producer(*context);
  RawPeer busy(producer->addresses().front());
  constexpr std::uint64_t kMessages = 64;
  for (std::uint64_t n = 0; n < kMessages; ++n) REQUIRE(busy.send_part(kPart, false));
  // Each is garbage, which is counted one by one; none of them is the connection's end.
  CHECK(eventually([&] { return producer->bad_demands() == kMessages; }));
  // Over as many looks at the connection as would find it endless several times.
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(600);
  std::uint64_t sent = kMessages;
  while (sent < 2 * kMessages || std::chrono::steady_clock::now() < end) {
    REQUIRE(busy.send_part(kPart, false));
    ++sent;
    REQUIRE(eventually([&] { return producer->bad_demands() == sent; }));
  }
}

}  // namespace slicecast::wire::test
