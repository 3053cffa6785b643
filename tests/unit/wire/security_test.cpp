#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <future>
#include <string>

#include "common/wire/directory.h"
#include "common/wire/keys.h"
#include "link_fixture.h"
#include "scratch.h"

namespace slicecast::wire::test {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<Context> context_with(const std::filesystem::path& keys) {
  SecurityOptions security;
  security.curve_directory = keys;
  auto context = Context::create(security);
  REQUIRE(context);
  return std::move(*context);
}

void allow(const std::filesystem::path& keys, const std::string& name, const std::string& key) {
  std::ofstream(keys / "allowed" / (name + ".key")) << key << "\n";
}

std::string make_keys(const std::filesystem::path& directory) {
  auto key = generate_keys(directory);
  REQUIRE(key);
  return *key;
}

Result<std::unique_ptr<ControlServer>> serve(Context& context) {
  return ControlServer::create(context, {"secret", {"tcp://127.0.0.1:0"}, 3},
                               [](const v1::Request&, v1::Reply&) { return Result<void>(); });
}

bool answers(Context& context, const std::string& address, const std::string& server_key,
             milliseconds deadline) {
  ControlClient::Options options;
  options.address = address;
  options.server_key = server_key;
  auto client = ControlClient::create(context, options);
  if (!client) return false;
  v1::Request ping;
  ping.mutable_ping();
  return static_cast<bool>((*client)->request(ping, deadline));
}

// The error of a request that cannot succeed, asked again while nothing but silence is heard: which
// end hangs up first decides what an attempt tells.
Error refusal(Context& context, const std::string& address, int attempts = 20) {
  ControlClient::Options options;
  options.address = address;
  auto client = ControlClient::create(context, options);
  REQUIRE(client);
  v1::Request ping;
  ping.mutable_ping();
  for (;;) {
    const auto reply = (*client)->request(ping, milliseconds(600));
    REQUIRE_FALSE(reply);
    if (reply.error().code != Errc::unavailable || --attempts == 0) return reply.error();
  }
}

constexpr milliseconds kRefused{300};  // a connection that is refused stays silent

}  // namespace

TEST_CASE("a key folder that is missing, broken or readable by others is refused with a remedy") {
  const Scratch scratch;
  SecurityOptions security;
  security.curve_directory = scratch.path() / "none";
  const auto missing = Context::create(security);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::not_found);

  security.curve_directory = scratch.path() / "keys";
  make_keys(security.curve_directory);
  CHECK_FALSE(generate_keys(security.curve_directory));  // never overwritten
  chmod((security.curve_directory / "secret.key").c_str(), 0644);
  const auto exposed = Context::create(security);
  REQUIRE_FALSE(exposed);
  CHECK(exposed.error().code == Errc::permission_denied);
  chmod((security.curve_directory / "secret.key").c_str(), 0600);

  CHECK_FALSE(generate_keys(""));  // would be the root folder
  std::filesystem::remove(security.curve_directory / "public.key");
  REQUIRE(mkfifo((security.curve_directory / "public.key").c_str(), 0644) == 0);
  CHECK_FALSE(Context::create(security));
  std::filesystem::remove(security.curve_directory / "public.key");

  std::ofstream(security.curve_directory / "public.key") << "short";
  CHECK_FALSE(Context::create(security));
  std::ofstream(security.curve_directory / "public.key") << make_keys(scratch.path() / "other");
  const auto mismatched = Context::create(security);
  REQUIRE_FALSE(mismatched);
  CHECK(mismatched.error().message.find("not a pair") != std::string::npos);
}

TEST_CASE("only allowed keys connect, and the server stays up when others try") {
  const Scratch scratch;
  const auto server_keys = scratch.path() / "server", friend_keys = scratch.path() / "friend";
  const auto stranger_keys = scratch.path() / "stranger";
  const std::string server_key = make_keys(server_keys);
  const std::string friend_key = make_keys(friend_keys);
  make_keys(stranger_keys);
  allow(server_keys, "friend", friend_key);
  allow(friend_keys, "server", server_key);
  allow(stranger_keys, "server", server_key);

  const auto context = context_with(server_keys);
  const auto server = serve(*context);
  REQUIRE(server);
  const std::string address = (*server)->addresses().front();

  CHECK_FALSE(answers(*plain_context(), address, "", kRefused));
  CHECK_FALSE(answers(*plain_context(), address, server_key, kRefused));
  CHECK_FALSE(answers(*context_with(stranger_keys), address, server_key, kRefused));
  CHECK(answers(*context_with(friend_keys), address, server_key, kHang));
  CHECK(answers(*context_with(friend_keys), address, "", kHang));  // allowed/server.key
  CHECK(answers(*context, address, "", kHang));                    // shares the key pair

  // A key that is added later needs no restart.
  allow(server_keys, "stranger", *read_key(stranger_keys / "public.key"));
  CHECK(answers(*context_with(stranger_keys), address, server_key, kHang));
}

TEST_CASE("a service that the hub's keys keep out is told so, and announced when they let it in") {
  const Scratch scratch;
  const auto hub_keys = scratch.path() / "hub", keys = scratch.path() / "service";
  const std::string hub_key = make_keys(hub_keys);
  const std::string key = make_keys(keys);
  allow(keys, "server", hub_key);
  const auto context = context_with(hub_keys), other = context_with(keys);
  const auto hub = HubServer::create(*context, {.bind = any_tcp(), .instance = 3, .otherwise = {}});
  REQUIRE(hub);
  v1::Service service;
  service.set_name("slice");
  service.set_instance(4);
  std::promise<std::string> why;
  std::atomic<int> times{0};
  const auto announcer =
      Announcer::create(*other, (*hub)->addresses().front(), service, {}, [&](const Error& error) {
        if (times++ == 0) why.set_value(error.message);
      });
  REQUIRE(announcer);
  auto told = why.get_future();
  REQUIRE(told.wait_for(kHang) == std::future_status::ready);
  CHECK(told.get().find("allowed/") != std::string::npos);
  allow(hub_keys, "service", key);
  CHECK(eventually([&] { return (*announcer)->state() == Announcer::State::announced; }));
}

TEST_CASE("a client does not talk to a server whose key it does not trust") {
  const Scratch scratch;
  const std::string server_key = make_keys(scratch.path() / "server");
  const std::string client_key = make_keys(scratch.path() / "client");
  allow(scratch.path() / "server", "client", client_key);
  const auto context = context_with(scratch.path() / "server");
  const auto server = serve(*context);
  REQUIRE(server);
  ControlClient::Options options;
  options.address = (*server)->addresses().front();
  options.server_key = server_key;
  const auto other = context_with(scratch.path() / "client");
  const auto client = ControlClient::create(*other, options);
  REQUIRE_FALSE(client);
  CHECK(client.error().code == Errc::permission_denied);
  CHECK(client.error().message.find("allowed") != std::string::npos);
  BulkConsumer::Options pixels;
  pixels.address = options.address;
  pixels.server_key = server_key;
  const auto consumer = BulkConsumer::create(*other, pixels);
  CHECK(eventually([&] { return consumer->problem().has_value(); }));
  CHECK(consumer->state() == LinkState::connecting);
}

TEST_CASE("a client whose keys do not match is told so, and what to do") {
  const Scratch scratch;
  const auto server_keys = scratch.path() / "server", stranger_keys = scratch.path() / "stranger";
  const std::string server_key = make_keys(server_keys);
  make_keys(stranger_keys);
  const auto context = context_with(server_keys);
  const auto server = serve(*context);
  REQUIRE(server);
  const std::string address = (*server)->addresses().front();

  // Our key is not allowed there.
  allow(stranger_keys, "server", server_key);
  const auto unknown = refusal(*context_with(stranger_keys), address);
  CHECK(unknown.code == Errc::permission_denied);
  CHECK(unknown.message.find("allowed/") != std::string::npos);
  // The key we expect is another one's.
  make_keys(scratch.path() / "other");
  allow(stranger_keys, "server", *read_key(scratch.path() / "other" / "public.key"));
  const auto mistaken = refusal(*context_with(stranger_keys), address);
  CHECK(mistaken.code == Errc::permission_denied);
  CHECK(mistaken.message.find("server.key") != std::string::npos);
  // No keys at all, and keys against a server without.
  const auto plain = refusal(*plain_context(), address);
  CHECK(plain.code == Errc::permission_denied);
  CHECK(plain.message.find("--curve") != std::string::npos);
  const auto open_context = plain_context();
  const auto open = serve(*open_context);
  REQUIRE(open);
  CHECK(refusal(*context_with(stranger_keys), (*open)->addresses().front()).code ==
        Errc::permission_denied);
  // Nobody there is another matter.
  const auto nobody = refusal(*context_with(stranger_keys), "tcp://127.0.0.1:9", 1);
  CHECK(nobody.code == Errc::unavailable);
}

TEST_CASE("a feed that refuses our key says so in its problem") {
  const Scratch scratch;
  make_keys(scratch.path() / "server");
  const auto context = context_with(scratch.path() / "server");
  FeedProducer::Options options;
  const auto producer = feed_producer(*context, options);
  const auto plain = plain_context();
  const auto consumer = feed_consumer(*plain, producer->addresses().front());
  CHECK(eventually([&] { return consumer->problem().has_value(); }));
  CHECK(consumer->problem()->code == Errc::permission_denied);
}

TEST_CASE("a link that was refused is there when the key is added, without a restart") {
  const Scratch scratch;
  const std::string server_key = make_keys(scratch.path() / "server");
  const std::string key = make_keys(scratch.path() / "client");
  allow(scratch.path() / "client", "server", server_key);
  const auto context = context_with(scratch.path() / "server");
  const auto producer = feed_producer(*context, {});
  const auto other = context_with(scratch.path() / "client");
  const auto consumer = feed_consumer(*other, producer->addresses().front());
  REQUIRE(eventually([&] { return consumer->problem().has_value(); }));
  allow(scratch.path() / "server", "client", key);
  CHECK(eventually([&] { return consumer->state() == LinkState::live && !consumer->problem(); }));
}

TEST_CASE("with keys a public address may be bound and pixels travel encrypted") {
  const Scratch scratch;
  make_keys(scratch.path());
  const auto context = context_with(scratch.path());
  BulkProducer::Options options;
  options.bind = {"tcp://0.0.0.0:0", "tcp://127.0.0.1:0"};
  const auto producer = bulk_producer(*context, options);
  const auto other = context_with(scratch.path());
  const auto consumer = bulk_consumer(*other, producer->addresses()[1]);
  publish(*producer, 9, 1024, 1024);
  const auto message = consumer->take(kHang);
  REQUIRE(message);
  CHECK(holds_frame(*message, 9));
}

}  // namespace slicecast::wire::test
