// The whole of a plugin in one process, between a hub and a slice server that only has a feed.
#include "plugins/sdk/host.h"

#include <atomic>
#include <condition_variable>
#include <set>
#include <thread>

#include "common/config/program.h"
#include "common/wire/directory.h"
#include "tests/unit/sdk/messages.h"

namespace slicecast::plugin::test {
namespace {

using namespace std::chrono_literals;
using metrics::Drop;

constexpr auto kHang = 30s;

class Stage {
 public:
  Stage() {
    context_ = std::move(*wire::Context::create({}));
    wire::HubServer::Options hub;
    hub.bind = {"tcp://127.0.0.1:*"};
    hub.instance = wire::new_instance();
    hub_ = std::move(*wire::HubServer::create(*context_, hub));
    feed_ = std::move(*wire::FeedProducer::create(*context_, {"slice", {"tcp://127.0.0.1:*"}, 7}));
    config::Settings settings(config::with_common({}, "slice"));
    REQUIRE(settings.set("hub", hub_->addresses().front()));
    for (const char* port : {"control_port", "metrics_port"})
      REQUIRE(settings.set(port, std::int64_t{0}));
    service::ServiceFrame::Options frame{.kind = "slice", .settings = settings};
    v1::Link& link = frame.links.emplace_back();
    link.set_name("feed");
    link.add_addresses(feed_->addresses().front());
    frame.feeds = {"slice/", "scene", "scan"};
    frame_ = std::move(*service::ServiceFrame::create(*context_, 7, std::move(frame)));
  }

  config::Settings settings(const Plugin& plugin) const {
    config::Settings made(config::with_common(options_of(plugin), "plugin." + plugin.name));
    REQUIRE(made.set("hub", hub_->addresses().front()));
    REQUIRE(made.set("metrics_port", std::int64_t{-1}));
    return made;
  }
  Result<std::unique_ptr<Host>> start(const Plugin& plugin,
                                      std::shared_ptr<BufferPool> pool = nullptr) {
    return Host::create(*context_, plugin, settings(plugin), std::move(pool));
  }
  void publish(const std::string& id, std::uint64_t version, std::size_t rows = 4,
               std::size_t columns = 6) {
    auto message = slice_message(id, version, rows, columns);
    REQUIRE(feed_->publish("slice/" + id, message.header, message.pixels) == version);
  }
  void publish_scene(const v1::Scene& scene) {
    v1::FeedHeader header;
    *header.mutable_scene() = scene;
    feed_->publish("scene", header, nullptr);
  }
  void remove(const std::string& id) { feed_->remove("slice/" + id); }
  std::unique_ptr<wire::FeedConsumer> watch(const Host& host) {
    wire::FeedConsumer::Options options;
    options.name = "watch";
    options.address = host.feed_addresses().back();
    options.subscriptions.emplace_back();
    return wire::FeedConsumer::create(*context_, options);
  }
  Result<v1::Reply> ask(const Host& host, v1::Request request) {
    wire::ControlClient::Options options;
    options.client = "test";
    options.address = host.frame().control_addresses().back();
    const auto client = wire::ControlClient::create(*context_, options);
    return (*client)->request(std::move(request), kHang);
  }

 private:
  std::unique_ptr<wire::Context> context_;
  std::unique_ptr<wire::HubServer> hub_;
  std::unique_ptr<wire::FeedProducer> feed_;
  std::unique_ptr<service::ServiceFrame> frame_;
};

// Something that happens on other threads, waited for.
class Happening {
 public:
  template <class Change>
  void change(const Change& by) {
    std::lock_guard lock(mutex_);
    by();
    changed_.notify_all();
  }
  template <class Condition>
  bool wait(const Condition& until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kHang, until);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

Plugin copier() {
  Plugin plugin{.name = "copy"};
  plugin.parameters = {real("level", 1, 0, 10, "", "")};
  plugin.each = [](const SliceView& slice, const config::Settings&, Output& out) {
    out.values(slice, slice.pixels);
  };
  return plugin;
}

std::uint64_t dropped(const Host& host, Drop reason) {
  return host.ledger().dropped[static_cast<std::size_t>(reason)];
}

template <class Condition>
bool eventually(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kHang;
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  return condition();
}

}  // namespace

TEST_CASE("a plugin without a node, with a bad name or with parameters it refuses is refused") {
  Stage stage;
  CHECK_FALSE(stage.start(Plugin{.name = "empty"}));
  Plugin slash = copier();
  slash.name = "a/b";
  CHECK_FALSE(stage.start(slash));
  Plugin strict = copier();
  strict.check = [](const config::Settings&) { return Error{Errc::invalid_argument, "never"}; };
  const auto refused = stage.start(strict);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "never");
}

TEST_CASE("a second plugin of a name is refused while the first runs") {
  Stage stage;
  const auto first = stage.start(copier());
  REQUIRE(first);
  const auto second = stage.start(copier());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::already_exists);
}

TEST_CASE("a node reads the very buffer that the link filled") {
  Stage stage;
  // 4 MiB: four parts of the wire. The pool has two buffers and nobody else takes of it.
  constexpr std::size_t kSide = 1024;
  const auto pool = BufferPool::create(std::size_t{64} << 20);
  std::set<const std::byte*> primed;
  {
    const auto one = pool->take(kSide * kSide * 4), two = pool->take(kSide * kSide * 4);
    primed = {one->data(), two->data()};
  }
  Happening happening;
  const void* seen = nullptr;
  float last = 0;
  Plugin plugin{.name = "look"};
  plugin.each = [&](const SliceView& slice, const config::Settings&, Output&) {
    happening.change([&] { seen = slice.pixels.data(), last = slice.pixels.back(); });
  };
  const auto host = stage.start(plugin, pool);
  REQUIRE(host);
  stage.publish("a", 1, kSide, kSide);
  REQUIRE(happening.wait([&] { return seen != nullptr; }));
  CHECK(primed.contains(static_cast<const std::byte*>(seen)));
  CHECK(last == 1 + 0.01f * static_cast<float>(kSide * kSide - 1));
}

TEST_CASE("several threads publish the results of a slice in the order of its images") {
  Stage stage;
  Plugin plugin = copier();
  plugin.threads = 3;
  const auto host = stage.start(plugin);
  REQUIRE(host);
  const auto watch = stage.watch(**host);
  std::uint64_t shown = 0;
  for (std::uint64_t version = 1; version <= 200; ++version) {
    stage.publish("a", version);
    if (const auto message = watch->take(2ms)) {
      CHECK(message->header.values().input().version() > shown);
      shown = message->header.values().input().version();
    }
  }
  while (shown < 200) {
    const auto message = watch->take(kHang);
    REQUIRE(message);
    CHECK(message->header.values().input().version() > shown);
    shown = message->header.values().input().version();
  }
  REQUIRE(eventually([&] { return (*host)->ledger().in_flight == 0; }));
  CHECK((*host)->ledger().closes());
  stage.remove("a");
  const auto removed = watch->take(kHang);
  REQUIRE(removed);
  CHECK(removed->header.removed());
}

TEST_CASE("what a node throws is counted and the next image is processed") {
  Stage stage;
  Plugin plugin = copier();
  plugin.each = [](const SliceView& slice, const config::Settings&, Output& out) {
    out.values(slice, slice.pixels);
    if (slice.header->version() == 1) throw 42;
  };
  const auto host = stage.start(plugin);
  REQUIRE(host);
  const auto watch = stage.watch(**host);
  stage.publish("a", 1);
  REQUIRE(eventually([&] { return dropped(**host, Drop::failed) == 1; }));
  stage.publish("a", 2);
  const auto message = watch->take(kHang);
  REQUIRE(message);
  CHECK(message->header.values().input().version() == 2);
}

TEST_CASE("a call over its deadline is told as hanging until it returns") {
  Stage stage;
  Happening happening;
  bool go_on = false;
  Plugin plugin = copier();
  plugin.each = [&](const SliceView&, const config::Settings&, Output&) {
    happening.wait([&] { return go_on; });
  };
  config::Settings settings = stage.settings(plugin);
  const auto host = stage.start(plugin);
  REQUIRE(host);
  v1::Request request;
  (*request.mutable_set_parameters()->mutable_values())["deadline_ms"].set_integer(10);
  REQUIRE(stage.ask(**host, request));
  stage.publish("a", 1);
  CHECK(eventually([&] { return (*host)->health().starts_with("hanging"); }));
  CHECK_FALSE((*host)->stop(1ms));
  happening.change([&] { go_on = true; });
  CHECK((*host)->stop(kHang));
}

TEST_CASE("a parameter makes a new node, which sees the newest images again, or is refused") {
  class Scaled final : public Node {
   public:
    explicit Scaled(double factor) : factor_(static_cast<float>(factor)) {}
    void process(std::span<const SliceView> slices, Output& out) const override {
      for (const auto& slice : slices)
        for (auto values = out.values(slice); auto& pixel : values.pixels) pixel = factor_;
    }

   private:
    const float factor_;
  };
  Stage stage;
  Plugin plugin = copier();
  plugin.each = nullptr;
  plugin.make = [](const config::Settings& settings,
                   const std::shared_ptr<const Node>&) -> Result<std::shared_ptr<const Node>> {
    if (settings.real("level") == 5) return Error{Errc::invalid_argument, "not five"};
    return std::shared_ptr<const Node>(std::make_shared<Scaled>(settings.real("level")));
  };
  const auto host = stage.start(plugin);
  REQUIRE(host);
  const auto watch = stage.watch(**host);
  stage.publish("a", 1);
  auto message = watch->take(kHang);
  REQUIRE(message);
  CHECK(message->pixels->as<float>()[0] == 1);
  v1::Request request;
  auto& level = (*request.mutable_set_parameters()->mutable_values())["level"];
  level.set_real(5);
  const auto refused = stage.ask(**host, request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "not five");
  level.set_real(3);
  REQUIRE(stage.ask(**host, request));
  message = watch->take(kHang);
  REQUIRE(message);
  CHECK(message->pixels->as<float>()[0] == 3);
  CHECK(message->header.values().input().version() == 1);
}

TEST_CASE("a node with state hears of slices before their images and takes several at once") {
  struct Heard {
    Happening happening;
    std::vector<std::string> all;
    std::size_t most = 0;
    bool hold = true;
  } heard;
  class Hearing final : public StatefulNode {
   public:
    explicit Hearing(Heard& heard) : heard_(heard) {}
    void process(std::span<const SliceView> slices, const config::Settings&, Output&) override {
      heard_.happening.change([&] {
        heard_.most = std::max(heard_.most, slices.size());
        heard_.all.push_back("image " + slices.front().slice_id());
      });
      heard_.happening.wait([&] { return !heard_.hold; });
    }
    void slice_event(const SliceEvent& event, Output&) override {
      heard_.happening.change([&] { heard_.all.push_back("event " + event.slice.id()); });
    }

   private:
    Heard& heard_;
  };
  Stage stage;
  v1::Scene scene;
  scene.add_slices()->set_id("a");
  stage.publish_scene(scene);
  Plugin plugin{.name = "hearing", .batch = 4};
  plugin.make_stateful = [&](const config::Settings&) -> Result<std::unique_ptr<StatefulNode>> {
    return std::unique_ptr<StatefulNode>(std::make_unique<Hearing>(heard));
  };
  const auto host = stage.start(plugin);
  REQUIRE(host);
  REQUIRE(heard.happening.wait([&] { return heard.all.size() == 1; }));
  stage.publish("a", 1);
  REQUIRE(heard.happening.wait([&] { return heard.all.size() == 2; }));
  CHECK(heard.all == std::vector<std::string>{"event a", "image a"});
  for (const char* id : {"b", "c", "d"}) stage.publish(id, 1);
  REQUIRE(eventually([&] { return (*host)->ledger().received == 4; }));
  heard.happening.change([&] { heard.hold = false; });
  CHECK(heard.happening.wait([&] { return heard.most == 3; }));
}

}  // namespace slicecast::plugin::test
