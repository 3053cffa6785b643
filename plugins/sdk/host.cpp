#include "plugins/sdk/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "common/config/version.h"
#include "common/log/log.h"
#include "common/wire/directory.h"
#include "plugins/sdk/subscriptions.h"

namespace slicecast::plugin {
namespace {

using metrics::Drop;

constexpr metrics::MetricInfo kWaiting{"slicecast_plugin_waiting", metrics::Kind::gauge,
                                       "Images that wait for the node, at most one per key"};
constexpr std::size_t kMostKeys = 512;
constexpr std::size_t kPoolIdleBytes = std::size_t{256} << 20;

int threads_of(const config::Settings& settings) {
  const auto asked = static_cast<int>(settings.integer("threads"));
  return asked > 0 ? asked : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

// `each` as a node: with the settings it was made with, which do not change.
class OneFunction final : public Node {
 public:
  OneFunction(const Plugin& plugin, const config::Settings& settings)
      : each_(plugin.each), settings_(settings) {}
  void process(std::span<const SliceView> slices, Output& out) const override {
    for (const auto& slice : slices) each_(slice, settings_, out);
  }

 private:
  const std::function<void(const SliceView&, const config::Settings&, Output&)> each_;
  const config::Settings settings_;
};

Result<void> check_name(const std::string& name) {
  if (!name.empty() && name.size() <= 100 && name.find_first_of("/ \t\n") == std::string::npos)
    return {};
  return Error{Errc::invalid_argument,
               "a plugin's name has 1 to 100 letters, none of them a "
               "slash or a blank, but not '" +
                   name + "'; give --name"};
}

}  // namespace

Host::Host(wire::Context& context, const Plugin& plugin, config::Settings settings,
           std::shared_ptr<BufferPool> pool)
    : context_(context),
      plugin_(plugin),
      name_(settings.text("name")),
      instance_(wire::new_instance()),
      pool_(pool ? std::move(pool) : BufferPool::create(kPoolIdleBytes)),
      registry_(name_, config::version()),
      ledger_(std::make_shared<metrics::Ledger>("inputs")),
      board_(ledger_, kMostKeys),
      parameters_(settings,
                  [this](const config::Settings& before, const config::Settings& after) {
                    return change(before, after);
                  }),
      settings_(std::make_shared<const config::Settings>(std::move(settings))) {}

Result<std::unique_ptr<Host>> Host::create(wire::Context& context, const Plugin& plugin,
                                           config::Settings settings,
                                           std::shared_ptr<BufferPool> pool) {
  if (auto ok = check_name(settings.text("name")); !ok) return ok.error();
  if (plugin.check)
    if (auto ok = plugin.check(settings); !ok) return ok.error();
  std::unique_ptr<Host> host(new Host(context, plugin, std::move(settings), std::move(pool)));
  if (auto opened = host->open(); !opened) return opened.error();
  return host;
}

Result<void> Host::open() {
  const config::Settings& settings = *settings_;
  auto feed = wire::FeedProducer::create(
      context_,
      {name_,
       service::bind_addresses(settings, "feed", static_cast<int>(settings.integer("feed_port"))),
       instance_});
  if (!feed) return feed.error();
  feed_ = *std::move(feed);
  publisher_ = std::make_unique<Publisher>(*feed_);
  registry_.add(ledger_);
  registry_.add_gauge(kWaiting, [this] { return static_cast<double>(board_.waiting()); });

  NodeRunner::Options runner{.name = name_, .classes = plugin_.classes, .pool = pool_};
  runner.threads = threads_of(settings);
  runner.batch = [this] { return static_cast<std::size_t>(this->settings()->integer("batch")); };
  runner.settings = [this] { return this->settings(); };
  runner_ = std::make_unique<NodeRunner>(std::move(runner), board_, *publisher_, *ledger_,
                                         registry_, faults_);
  if (auto made = make_node(); !made) return made;

  service::ServiceFrame::Options frame{.kind = "plugin", .settings = settings};
  v1::Link& link = frame.links.emplace_back();
  link.set_name("feed");
  for (const auto& address : feed_->addresses()) link.add_addresses(address);
  for (const auto& output : plugin_.outputs) frame.feeds.push_back(output + "/" + name_ + "/");
  frame.parameters = &parameters_;
  frame.registry = &registry_;
  frame.facts = [this] { return facts(); };
  frame.health = [this] { return health(); };
  auto framed = service::ServiceFrame::create(context_, instance_, std::move(frame));
  if (!framed) return framed.error();
  frame_ = *std::move(framed);
  if (auto named = frame_->wait_for_name(); !named) return named;

  Inputs::Options inputs;
  inputs.name = name_;
  inputs.hub = wire::hub_address(settings.text("hub"));
  inputs.prefixes = words(settings.text("input"));
  inputs.sources = words(settings.text("source"));
  inputs.max_message_bytes = static_cast<std::size_t>(settings.integer("max_message")) << 20;
  inputs.pool = pool_;
  runner_->start();
  auto found = Inputs::create(
      context_, std::move(inputs),
      [this](const std::string& service, wire::FeedMessage message) {
        take(service, std::move(message));
      },
      [this](Drop reason, std::uint64_t count) { ledger_->receive_and_drop(reason, count); });
  if (!found) return found.error();
  {
    std::lock_guard lock(mutex_);
    inputs_ = *std::move(found);
  }
  resubscribe(*this->settings());
  return {};
}

Host::~Host() {
  stop(std::chrono::hours(24));
}

bool Host::stop(std::chrono::milliseconds patience) {
  frame_.reset();  // first, so that nobody is sent here any more
  std::unique_ptr<Inputs> inputs;
  {
    std::lock_guard lock(mutex_);
    inputs = std::move(inputs_);
  }
  inputs.reset();
  return !runner_ || runner_->stop(patience);
}

Result<void> Host::make_node() {
  if (plugin_.make_stateful) {
    auto made = plugin_.make_stateful(*settings_);
    if (!made) return made.error();
    runner_->set_stateful(*std::move(made));
    return {};
  }
  auto node = stateless_node(*settings_);
  if (!node) return node.error();
  node_ = *node;
  runner_->set_node(*std::move(node));
  return {};
}

Result<std::shared_ptr<const Node>> Host::stateless_node(const config::Settings& settings) {
  if (plugin_.make) return plugin_.make(settings, node_);
  if (plugin_.each)
    return std::shared_ptr<const Node>(std::make_shared<OneFunction>(plugin_, settings));
  return Error{Errc::invalid_argument,
               "the plugin has no node; set one of each, make and make_stateful"};
}

Result<void> Host::change(const config::Settings& before, const config::Settings& after) {
  if (plugin_.check)
    if (auto ok = plugin_.check(after); !ok) return ok;
  std::shared_ptr<const Node> node;
  if (!plugin_.make_stateful) {
    auto made = stateless_node(after);
    if (!made) return made.error();
    node = *std::move(made);
  }
  {
    std::lock_guard lock(mutex_);
    settings_ = std::make_shared<const config::Settings>(after);
    if (node) node_ = node;
  }
  if (node) runner_->set_node(node);
  resubscribe(after);
  if (before.boolean("enabled") && !after.boolean("enabled")) {
    board_.clear();
    publisher_->clear();
  } else if (node) {
    board_.repeat();
  }
  return {};
}

void Host::take(const std::string& service, wire::FeedMessage message) {
  const v1::FeedHeader& header = message.header;
  if (header.has_scene()) return take_scene(header.scene());
  Surroundings around;
  bool enabled = false;
  {
    std::lock_guard lock(mutex_);
    if (header.has_scan()) around_.scan = std::make_shared<const v1::Scan>(header.scan());
    around = around_;
    enabled = settings_->boolean("enabled");
  }
  if (header.has_scan()) return board_.tell(std::move(around));
  if (header.removed()) {
    board_.forget(header.key());
    return publisher_->input_gone(header.key());
  }
  if (!enabled) return ledger_->receive_and_drop(Drop::shed_by_policy);
  auto view = view_of(std::move(message), service, std::move(around), *pool_);
  if (!view) {
    faults_.note("input of " + service, service + ": " + view.error().message);
    const bool size = view.error().code == Errc::malformed;
    return ledger_->receive_and_drop(size ? Drop::bad_size : Drop::bad_header);
  }
  publisher_->input_came(view->key(), view->header->instance());
  board_.put(*std::move(view));
}

void Host::take_scene(const v1::Scene& scene) {
  Surroundings around;
  std::shared_ptr<const v1::Scene> former;
  {
    std::lock_guard lock(mutex_);
    former = around_.scene;
    around_.scene = std::make_shared<const v1::Scene>(scene);
    around = around_;
  }
  if (former)
    for (const auto& event : slice_events(*former, scene))
      if (event.what == SliceEvent::What::removed) board_.forget("slice/" + event.slice.id());
  publisher_->keep_slices(scene);
  board_.tell(std::move(around));
  resubscribe(*settings());
}

void Host::resubscribe(const config::Settings& settings) {
  std::lock_guard lock(mutex_);
  if (!inputs_) return;
  static const v1::Scene no_slices;
  auto wanted = subscriptions_for(settings, node_ ? node_->wish() : Wish{},
                                  around_.scene ? *around_.scene : no_slices);
  // A list that is the same must not be sent: images would come again.
  std::string serialised;
  for (const auto& one : wanted) serialised += one.SerializeAsString() + '\n';
  if (serialised == subscribed_) return;
  subscribed_ = std::move(serialised);
  inputs_->subscribe(std::move(wanted));
}

std::shared_ptr<const config::Settings> Host::settings() const {
  std::lock_guard lock(mutex_);
  return settings_;
}

std::string Host::health() const {
  const auto settings = this->settings();
  const auto call = runner_->longest_call();
  if (call.count() > settings->integer("deadline_ms"))
    return fmt::format(
        "hanging: a call of the node has been running for {:.1f} s, over "
        "deadline_ms = {}; restart the plugin",
        1e-3 * static_cast<double>(call.count()), settings->integer("deadline_ms"));
  std::lock_guard lock(mutex_);
  if (!inputs_) return {};
  const auto sources = inputs_->sources();
  if (std::ranges::any_of(sources,
                          [](const auto& it) { return it.state == wire::LinkState::live; }))
    return {};
  return fmt::format("nobody sends '{}'; is its producer running?", settings->text("input"));
}

std::map<std::string, std::string> Host::facts() const {
  const auto settings = this->settings();
  std::string sources;
  {
    std::lock_guard lock(mutex_);
    if (inputs_)
      for (const auto& source : inputs_->sources())
        sources += (sources.empty() ? "" : " ") + source.service;
  }
  return {{"plugin_version", plugin_.version},
          {"input", settings->text("input")},
          {"reads_from", sources},
          {"threads", std::to_string(plugin_.make_stateful ? 1 : threads_of(*settings))},
          {"enabled", settings->boolean("enabled") ? "yes" : "no"},
          {"last_fault", faults_.last()}};
}

}  // namespace slicecast::plugin
