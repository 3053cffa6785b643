#include "link_fixture.h"
#include "socks5_proxy.h"

namespace slicecast::wire::test {

TEST_CASE("links reach a loopback address on the other side of a SOCKS proxy") {
  const auto context = plain_context();
  const auto producer = bulk_producer(*context);
  Socks5Proxy proxy;
  SecurityOptions behind;
  behind.socks_proxy = proxy.address();
  const auto remote = Context::create(behind);
  REQUIRE(remote);
  const auto consumer = bulk_consumer(**remote, producer->addresses().front());
  publish(*producer, 3, 512, 512);
  const auto message = consumer->take(kHang);
  REQUIRE(message);
  CHECK(holds_frame(*message, 3));
  CHECK(proxy.forwarded() > 512 * 512 * 2);
}

}  // namespace slicecast::wire::test
