#include "common/wire/socket.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "common/wire/address.h"
#include "link_fixture.h"
#include "scratch.h"

namespace slicecast::wire::test {
namespace {

Errc bind_refusal(Context& context, const std::string& address) {
  const auto bound = bind_socket(context, zmq::socket_type::router, {address});
  REQUIRE_FALSE(bound);
  return bound.error().code;
}

}  // namespace

TEST_CASE("a port in use is refused with the port and a remedy") {
  const auto context = plain_context();
  const auto first = bind_socket(*context, zmq::socket_type::router, any_tcp());
  REQUIRE(first);
  const auto port = parse_tcp(first->addresses.front())->port;
  CHECK(port > 0);
  const auto second = bind_socket(*context, zmq::socket_type::router, first->addresses);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::already_exists);
  CHECK(second.error().message.find("port " + std::to_string(port)) != std::string::npos);
  CHECK(second.error().message.find("another port") != std::string::npos);
}

TEST_CASE("a public address without keys is refused unless it is allowed in so many words") {
  const auto context = plain_context();
  for (const auto* address : {"tcp://0.0.0.0:0", "tcp://*:0", "tcp://192.0.2.1:0", "tcp://[::]:0"})
    CHECK(bind_refusal(*context, address) == Errc::permission_denied);
  SecurityOptions open;
  open.allow_plain_public = true;
  const auto other = Context::create(open);
  REQUIRE(other);
  CHECK(bind_socket(**other, zmq::socket_type::router, {"tcp://0.0.0.0:0"}));
}

TEST_CASE("addresses that cannot be bound say what would be right") {
  const auto context = plain_context();
  CHECK(bind_refusal(*context, "nonsense") == Errc::invalid_argument);
  CHECK(bind_refusal(*context, "tcp://127.0.0.1:99999") == Errc::invalid_argument);
  CHECK(bind_refusal(*context, "tcp://localhost:x") == Errc::invalid_argument);
  CHECK_FALSE(bind_socket(*context, zmq::socket_type::router, {}));
  const auto connected = connect_socket(*context, zmq::socket_type::dealer, "tcp://127.0.0.1");
  REQUIRE_FALSE(connected);
  CHECK(connected.error().message.find("tcp://HOST:PORT") != std::string::npos);
}

TEST_CASE("IPv6 addresses are bound and connected to where there is IPv6") {
  const auto context = plain_context();
  const auto bound =
      bind_socket(*context, zmq::socket_type::router, {"tcp://[::1]:0", "tcp://127.0.0.1:0"});
  if (!bound) {
    WARN("no IPv6 here: " << bound.error().message);
    return;
  }
  REQUIRE(bound->addresses.size() == 2);
  CHECK(bound->addresses[0].starts_with("tcp://[::1]:"));
  CHECK(bound->addresses[1].starts_with("tcp://127.0.0.1:"));
  for (const auto& address : bound->addresses) {
    auto client = connect_socket(*context, zmq::socket_type::dealer, address);
    REQUIRE(client);
    client->set(zmq::sockopt::sndtimeo, 60000);
    CHECK(client->send(zmq::str_buffer("hello"), zmq::send_flags::none));
  }
}

TEST_CASE("only tcp beyond loopback is public") {
  CHECK(is_public("tcp://127.0.0.1.example.org:5"));
  CHECK_FALSE(is_public("tcp://127.0.0.1:5"));
  CHECK_FALSE(is_public("tcp://127.8.0.1:5"));
  CHECK_FALSE(is_public("tcp://localhost:5"));
  CHECK_FALSE(is_public("tcp://[::1]:5"));
  CHECK_FALSE(is_public("ipc:///x"));
  CHECK_FALSE(is_public("inproc://x"));
  CHECK(is_public("tcp://10.0.0.1:5"));
  CHECK(is_public("tcp://eth0:5"));
  CHECK(is_public("udp://127.0.0.1:5"));
}

TEST_CASE("default addresses are an ipc path of this process alone and a loopback port") {
  std::set<std::string> seen;
  std::string service(80, 'x');
  service.insert(4, "/../");
  for (int i = 0; i < 20; ++i) {
    const auto addresses = default_addresses(service, "bulk", 47999);
    REQUIRE(addresses.size() == 2);
    CHECK(addresses[0].size() <= std::string("ipc://").size() + 100);
    CHECK(addresses[0].find("..") == std::string::npos);
    CHECK(addresses[1] == "tcp://127.0.0.1:47999");
    CHECK(seen.insert(addresses[0]).second);
  }
  struct stat status = {};
  REQUIRE(stat(runtime_directory().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("a runtime folder that others can write to is not used") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path() / "slicecast");
  chmod((scratch.path() / "slicecast").c_str(), 0777);
  const ScopedVariable runtime("XDG_RUNTIME_DIR", scratch.path().string());
  CHECK(runtime_directory() != scratch.path() / "slicecast");
  chmod((scratch.path() / "slicecast").c_str(), 0700);
  CHECK(runtime_directory() == scratch.path() / "slicecast");
}

TEST_CASE("sockets that killed processes left behind are removed, others are not") {
  const Scratch scratch;
  const auto context = plain_context();
  const auto live = scratch.path() / "live", file = scratch.path() / "file";
  const auto stale = scratch.path() / "stale", fresh = scratch.path() / "fresh";
  const auto bound = bind_socket(*context, zmq::socket_type::router, {"ipc://" + live.string()});
  REQUIRE(bound);
  std::ofstream(file) << "x";
  leave_socket(stale);
  leave_socket(fresh);
  const auto hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto& old : {live, file, stale}) std::filesystem::last_write_time(old, hour_ago);
  remove_stale_sockets(scratch.path());
  CHECK(std::filesystem::exists(live));
  CHECK(std::filesystem::exists(file));
  CHECK(std::filesystem::exists(fresh));  // it may be about to listen
  CHECK_FALSE(std::filesystem::exists(stale));
}

TEST_CASE("ipc is preferred on the same host while the path is there, else tcp") {
  const auto context = plain_context();
  const auto bound =
      bind_socket(*context, zmq::socket_type::router, default_addresses("prefer", "control", 0));
  REQUIRE(bound);
  REQUIRE(bound->addresses.size() == 2);
  CHECK(preferred_address(bound->addresses, host_id()) == bound->addresses[0]);
  CHECK(preferred_address(bound->addresses, "elsewhere") == bound->addresses[1]);
  CHECK(preferred_address(bound->addresses, "") == bound->addresses[1]);
  CHECK(preferred_address({"ipc:///nowhere", "tcp://127.0.0.1:1"}, host_id()) ==
        "tcp://127.0.0.1:1");
  CHECK(preferred_address({"inproc://x"}, host_id()) == "inproc://x");
  CHECK(preferred_address({}, host_id()).empty());
}

}  // namespace slicecast::wire::test
