#include "common/wire/directory.h"

#include <atomic>
#include <mutex>

#include "link_fixture.h"
#include "scratch.h"

namespace slicecast::wire::test {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<HubServer> hub_at(Context& context, const std::string& address,
                                  ControlHandler otherwise = {}) {
  std::unique_ptr<HubServer> hub;
  REQUIRE(eventually([&] {
    HubServer::Options options;
    options.bind = {address};
    options.instance = new_instance();
    options.otherwise = otherwise;
    auto created = HubServer::create(context, options);
    if (created) hub = std::move(*created);
    return hub != nullptr;
  }));
  return hub;
}

// A service that is really there: it answers pings.
struct Running {
  v1::Service service;
  std::unique_ptr<ControlServer> control;
};

Running run_service(Context& context, const std::string& name, std::uint64_t instance) {
  Running running;
  auto control =
      ControlServer::create(context, {name, any_tcp(), instance},
                            [](const v1::Request&, v1::Reply&) { return Result<void>(); });
  REQUIRE(control);
  running.control = std::move(*control);
  running.service.set_name(name);
  running.service.set_kind("slice");
  running.service.set_instance(instance);
  running.service.set_pid(4242);
  running.service.set_host(host_id());
  auto& link = *running.service.add_links();
  link.set_name("control");
  for (const auto& address : running.control->addresses()) link.add_addresses(address);
  return running;
}

std::unique_ptr<Announcer> announce(Context& context, const std::string& hub,
                                    const v1::Service& service, Announcer::Refused refused = {}) {
  auto announcer = Announcer::create(context, hub, service, std::move(refused));
  REQUIRE(announcer);
  return std::move(*announcer);
}

Result<v1::Reply> ask(Context& context, const std::string& hub, const v1::Request& request) {
  ControlClient::Options options;
  options.address = hub;
  auto client = ControlClient::create(context, options);
  REQUIRE(client);
  return (*client)->request(request, kHang);
}

}  // namespace

TEST_CASE("announcements without a name or an instance are refused") {
  const auto context = plain_context();
  const auto hub = hub_at(*context, "tcp://127.0.0.1:0");
  v1::Service nameless;
  nameless.set_instance(1);
  CHECK_FALSE(Announcer::create(*context, hub->addresses().front(), nameless, {}));
  v1::Request request;
  request.mutable_announce();
  const auto reply = ask(*context, hub->addresses().front(), request);
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Errc::invalid_argument);
  request.mutable_announce()->mutable_service()->set_name("\x1b[2J");
  request.mutable_announce()->mutable_service()->set_instance(1);
  CHECK_FALSE(ask(*context, hub->addresses().front(), request));
  request.mutable_announce()->mutable_service()->set_name(std::string(100000, 'x'));
  request.mutable_announce()->mutable_service()->set_instance(1);
  CHECK_FALSE(ask(*context, hub->addresses().front(), request));
  CHECK(hub->service_count() == 0);
}

TEST_CASE("the hub is a directory only, unless it is given more to answer") {
  const auto context = plain_context();
  v1::Request request;
  request.mutable_get_status();
  const auto bare = hub_at(*context, "tcp://127.0.0.1:0");
  CHECK_FALSE(ask(*context, bare->addresses().front(), request));
  const auto more = hub_at(*context, "tcp://127.0.0.1:0", [](const v1::Request&, v1::Reply& reply) {
    reply.mutable_status()->set_kind("hub");
    return Result<void>();
  });
  const auto reply = ask(*context, more->addresses().front(), request);
  REQUIRE(reply);
  CHECK(reply->status().kind() == "hub");
}

TEST_CASE("without a hub the directory says so, and names what to do") {
  const auto context = plain_context();
  const auto directory = Directory::create(*context, "tcp://127.0.0.1:9");
  REQUIRE(directory);
  const auto listed = (*directory)->services(milliseconds(30));
  REQUIRE_FALSE(listed);
  CHECK(listed.error().message.find("slicecast-hub") != std::string::npos);
}

TEST_CASE("an unknown service is refused with the names that are there") {
  const auto context = plain_context();
  const auto hub = hub_at(*context, "tcp://127.0.0.1:0");
  const std::string address = hub->addresses().front();
  const auto slice = run_service(*context, "slice", 1);
  const auto announcer = announce(*context, address, slice.service);
  REQUIRE(eventually([&] { return hub->service_count() == 1; }));
  const auto directory = Directory::create(*context, address);
  REQUIRE(directory);
  const auto found = (*directory)->find("slise", kHang);
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::not_found);
  CHECK(found.error().message.find("slice") != std::string::npos);
}

TEST_CASE("a service is listed while it lives and withdrawn when it ends") {
  const auto context = plain_context();
  const auto hub = hub_at(*context, "tcp://127.0.0.1:0");
  const auto slice = run_service(*context, "slice", 7);
  auto announcer = announce(*context, hub->addresses().front(), slice.service);
  REQUIRE(eventually([&] { return announcer->state() == Announcer::State::announced; }));
  const auto directory = Directory::create(*context, hub->addresses().front());
  REQUIRE(directory);
  const auto found = (*directory)->find("slice", kHang);
  REQUIRE(found);
  CHECK(found->instance() == 7);
  CHECK(found->pid() == 4242);
  CHECK(link_address(*found, "control") == slice.control->addresses().front());
  CHECK(link_address(*found, "bulk").empty());
  announcer.reset();
  CHECK(hub->service_count() == 0);
}

TEST_CASE("a second live instance of a name is refused once, naming the running one") {
  const auto context = plain_context();
  const auto hub = hub_at(*context, "tcp://127.0.0.1:0");
  const std::string address = hub->addresses().front();
  const auto first = run_service(*context, "slice", 1), second = run_service(*context, "slice", 2);
  const auto holder = announce(*context, address, first.service);
  REQUIRE(eventually([&] { return holder->state() == Announcer::State::announced; }));
  std::mutex mutex;
  std::vector<Error> refusals;
  const auto newcomer = announce(*context, address, second.service, [&](const Error& error) {
    std::lock_guard lock(mutex);
    refusals.push_back(error);
  });
  REQUIRE(eventually([&] { return newcomer->state() == Announcer::State::refused; }));
  REQUIRE(eventually([&] {
    std::lock_guard lock(mutex);
    return refusals.size() == 1;
  }));
  std::lock_guard lock(mutex);
  CHECK(refusals[0].code == Errc::already_exists);
  CHECK(refusals[0].message.find("4242") != std::string::npos);
  CHECK(refusals[0].message.find(first.control->addresses().front()) != std::string::npos);
  CHECK(refusals[0].message.find("--name") != std::string::npos);
  CHECK(holder->state() == Announcer::State::announced);
}

TEST_CASE("an instance that no longer answers is replaced at once, also on the same port") {
  const auto context = plain_context();
  const auto hub = hub_at(*context, "tcp://127.0.0.1:0");
  const std::string address = hub->addresses().front();
  auto killed = run_service(*context, "slice", 1);
  v1::Request request;  // announced, but nobody will withdraw it
  *request.mutable_announce()->mutable_service() = killed.service;
  request.mutable_announce()->set_lease_ms(60000);
  REQUIRE(ask(*context, address, request));
  killed.control.reset();
  auto restarted = run_service(*context, "slice", 2);
  // The newcomer answers at the address of its forerunner.
  *killed.service.mutable_links() = restarted.service.links();
  REQUIRE(ask(*context, address, request));
  const auto announcer = announce(*context, address, restarted.service);
  CHECK(eventually([&] { return announcer->state() == Announcer::State::announced; }));
  CHECK(hub->service_count() == 1);
}

TEST_CASE("a restarted hub learns everything again, and meanwhile the directory keeps its answer") {
  const auto context = plain_context();
  auto hub = hub_at(*context, "tcp://127.0.0.1:0");
  const std::string address = hub->addresses().front();
  const auto slice = run_service(*context, "slice", 1), source = run_service(*context, "source", 2);
  const auto a = announce(*context, address, slice.service);
  const auto b = announce(*context, address, source.service);
  const auto directory = Directory::create(*context, address);
  REQUIRE(directory);
  REQUIRE(eventually([&] {
    const auto listed = (*directory)->services(kHang);
    return listed && listed->size() == 2;
  }));
  hub.reset();
  const auto kept = (*directory)->services(milliseconds(20));
  REQUIRE(kept);
  CHECK(kept->size() == 2);
  hub = hub_at(*context, address);
  CHECK(eventually([&] { return hub->service_count() == 2; }));
}

TEST_CASE("a follower reports a service, and reports it again when it comes back elsewhere") {
  const auto context = plain_context();
  const auto hub = hub_at(*context, "tcp://127.0.0.1:0");
  const std::string hub_is_at = hub->addresses().front();
  std::mutex mutex;
  std::string address;
  std::uint64_t instance = 0;
  const auto follower =
      Follower::create(*context, hub_is_at, "slice", "control",
                       [&](const std::string& at, const std::string&, std::uint64_t run) {
                         std::lock_guard lock(mutex);
                         address = at;
                         instance = run;
                       });
  REQUIRE(follower);
  const auto follows = [&](const Running& running) {
    return eventually([&] {
      std::lock_guard lock(mutex);
      return instance == running.service.instance() &&
             address == running.control->addresses().front();
    });
  };
  const auto first = run_service(*context, "slice", 1), second = run_service(*context, "slice", 2);
  auto announcer = announce(*context, hub_is_at, first.service);
  CHECK(follows(first));
  announcer.reset();
  announcer = announce(*context, hub_is_at, second.service);
  CHECK(follows(second));
}

TEST_CASE("leases end when they are not renewed") {
  const auto context = plain_context();
  const auto hub = hub_at(*context, "tcp://127.0.0.1:0");
  v1::Request request;
  request.mutable_announce()->mutable_service()->set_name("gone");
  request.mutable_announce()->mutable_service()->set_instance(1);
  request.mutable_announce()->set_lease_ms(500);
  const auto reply = ask(*context, hub->addresses().front(), request);
  REQUIRE(reply);
  CHECK(reply->announced().lease_ms() == 500);
  CHECK(hub->service_count() == 1);
  CHECK(eventually([&] { return hub->service_count() == 0; }));
}

TEST_CASE("the hub's address comes from the option, the environment or the fixed port") {
  const ScopedVariable set("SLICECAST_HUB", "tcp://127.0.0.1:1");
  CHECK(hub_address("tcp://127.0.0.1:2") == "tcp://127.0.0.1:2");
  CHECK(hub_address("") == "tcp://127.0.0.1:1");
  const ScopedVariable empty("SLICECAST_HUB", "");
  CHECK(hub_address("") == "tcp://127.0.0.1:47600");
}

}  // namespace slicecast::wire::test
