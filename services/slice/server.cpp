#include "services/slice/server.h"

#include <fmt/format.h>
#include <algorithm>

#include "common/base/clock.h"
#include "common/config/program.h"
#include "common/config/version.h"
#include "common/log/log.h"
#include "services/slice/messages.h"
#include "services/slice/options.h"
#include "services/slice/saved_scene.h"

namespace slicecast::slice {
namespace {

using namespace std::chrono_literals;

constexpr metrics::MetricInfo kAge{"slicecast_slice_age_ms", metrics::Kind::histogram,
                                   "Age of the newest projection in a slice when it is published"};
constexpr metrics::MetricInfo kReconstruction{
    "slicecast_slice_reconstruction_ms", metrics::Kind::histogram,
    "From the first tile of an image begun to the last one done"};
constexpr metrics::MetricInfo kStored{"slicecast_slice_store_bytes", metrics::Kind::gauge,
                                      "Memory of the stored projections with their mip levels"};
constexpr metrics::MetricInfo kWindow{"slicecast_slice_window_projections", metrics::Kind::gauge,
                                      "Projections in the window"};
constexpr metrics::MetricInfo kImages{"slicecast_slice_images", metrics::Kind::gauge,
                                      "Images published since the start"};
constexpr metrics::MetricInfo kThinned{
    "slicecast_slice_thinned", metrics::Kind::gauge,
    "Projections put out of the window early since the start, because the store was over its "
    "budget"};
constexpr metrics::MetricInfo kUpdates{"slicecast_slice_voxel_updates", metrics::Kind::gauge,
                                       "Voxel updates since the start"};

// Programs, libraries, threads and messages under way.
constexpr std::size_t kFixedBytes = std::size_t{48} << 20;

std::size_t memory_of(const config::Settings& settings) {
  return static_cast<std::size_t>(settings.integer("memory")) << 20;
}

}  // namespace

Server::Server(wire::Context& context, config::Settings settings)
    : context_(context),
      settings_(settings),
      instance_(wire::new_instance()),
      registry_("slice", config::version()),
      ledger_(std::make_shared<metrics::Ledger>("projections")),
      parameters_(settings,
                  [this](const config::Settings& before, const config::Settings& after) {
                    return change_parameters(before, after);
                  }),
      scene_(SceneLimits{static_cast<int>(settings.integer("max_slices_per_client")),
                         static_cast<std::uint64_t>(settings.integer("max_pixels"))}),
      scene_file_(scene_path(config::state_directory(settings), settings.text("name"))),
      unplaced_(initial_poses(settings)) {}

Result<std::unique_ptr<Server>> Server::create(wire::Context& context, config::Settings settings) {
  if (auto checked = check(settings); !checked) return checked.error();
  std::unique_ptr<Server> server(new Server(context, std::move(settings)));
  if (auto opened = server->open(); !opened) return opened.error();
  return server;
}

Result<void> Server::open() {
  const std::string& name = settings_.text("name");
  auto feed = wire::FeedProducer::create(
      context_,
      {name,
       service::bind_addresses(settings_, "feed", static_cast<int>(settings_.integer("feed_port"))),
       instance_});
  if (!feed) return feed.error();
  feed_ = std::move(*feed);

  auto computing = compute::choose(settings_, registry_);
  if (!computing) return computing.error();
  computing_ = *std::move(computing);
  open_engine();
  if (auto opened = open_projections(); !opened) return opened;
  receiver_ = std::jthread([this](std::stop_token stop) { receive(stop); });
  restore_scene();
  publish_scene();
  if (auto opened = open_frame(); !opened) return opened;
  // From here on the name is this server's, and so is the file of pinned slices.
  housekeeper_ = std::jthread([this](std::stop_token stop) { keep_house(stop); });
  return {};
}

void Server::open_engine() {
  EngineOptions options;
  options.backend = &computing_.backend->current();
  options.replacement = [this](const recon::Backend& failed) -> const recon::Backend& {
    computing_.backend->intact(failed);
    return computing_.backend->current();
  };
  options.ask_again = [this] {
    projections_.set_card(card_identity());
    projections_.ask_again();
  };
  options.store = computing_.store;
  options.memory_bytes = memory_of(settings_) - kFixedBytes - memory_of(settings_) / 8;
  options.threads = computing_.threads;
  options.refresh_hz = settings_.real("refresh_hz");
  options.preview_hz = settings_.real("preview_hz");
  options.preview_size = static_cast<int>(settings_.integer("preview_size"));
  options.rebuild_interval_s = settings_.real("rebuild_interval");
  engine_ = std::make_unique<Engine>(options, [this](Image&& image) { publish(std::move(image)); });

  registry_.add(ledger_);
  registry_.add_gauge(kStored, [this] { return static_cast<double>(engine_->stored_bytes()); });
  registry_.add_gauge(kWindow, [this] { return static_cast<double>(engine_->window_size()); });
  registry_.add_gauge(kImages, [this] { return static_cast<double>(engine_->counts().images); });
  registry_.add_gauge(kThinned, [this] { return static_cast<double>(engine_->counts().thinned); });
  registry_.add_gauge(kUpdates, [this] { return static_cast<double>(engine_->counts().updates); });
}

CardIdentity Server::card_identity() const {
  const recon::CardSharing* sharing = computing_.backend->card_sharing();
  return sharing != nullptr ? sharing->identity() : CardIdentity{};
}

Result<void> Server::open_projections() {
  wire::BulkConsumer::Options bulk;
  bulk.card = card_identity();
  bulk.name = settings_.text("name");
  bulk.window = 8;
  bulk.max_message_bytes = memory_of(settings_) / 10;
  bulk.pool = BufferPool::create(memory_of(settings_) / 16);
  const std::string& projections = settings_.text("projections");
  const bool is_address = projections.find("://") != std::string::npos;
  if (is_address) bulk.address = projections;
  projections_.open(context_, std::move(bulk));
  const std::string hub = wire::hub_address(settings_.text("hub"));
  if (!is_address) {
    auto follower =
        wire::Follower::create(context_, hub, projections, "bulk",
                               [this](const std::string& address, const std::string& key,
                                      std::uint64_t) { projections_.connect(address, key); });
    if (!follower) return follower.error();
    follower_ = std::move(*follower);
  }
  return {};
}

Result<void> Server::open_frame() {
  service::ServiceFrame::Options frame{.kind = "slice", .settings = settings_};
  v1::Link link;
  link.set_name("feed");
  for (const auto& address : feed_->addresses()) link.add_addresses(address);
  frame.links = {link};
  frame.feeds = {"slice/", "preview", "scene", "scan", "telemetry"};
  frame.parameters = &parameters_;
  frame.registry = &registry_;
  frame.handler = [this](const v1::Request& request, v1::Reply& reply) {
    return handle(request, reply);
  };
  frame.facts = [this] {
    return std::map<std::string, std::string>{
        {"backend", computing_.backend->description()},
        {"store", compute::to_string(computing_.store)},
        {"threads", std::to_string(computing_.threads)},
        {"scan_id", engine_->scan_id()},
        {"window_projections", std::to_string(engine_->window_size())}};
  };
  frame.health = [this]() -> std::string {
    if (projections_.state() == wire::LinkState::live) return state_writes_.trouble();
    return fmt::format("no contact with '{}'; is the projection server running?",
                       settings_.text("projections"));
  };
  auto framed = service::ServiceFrame::create(context_, instance_, std::move(frame));
  if (!framed) return framed.error();
  frame_ = std::move(*framed);
  return {};
}

Server::~Server() {
  frame_.reset();
  follower_.reset();
  if (receiver_.joinable()) receiver_.request_stop();
  if (housekeeper_.joinable()) housekeeper_.request_stop();
  projections_.stop();
  if (receiver_.joinable()) receiver_.join();
  if (housekeeper_.joinable()) housekeeper_.join();
  engine_.reset();
}

void Server::publish(Image&& image) {
  const std::int64_t now = now_ns();
  std::string slice_id;
  v1::SceneSlice placed;
  if (image.target.kind == TargetKind::slice) {
    slice_id = image.target.key.substr(std::string_view("slice/").size());
    if (!scene_.find(slice_id, &placed)) return;  // removed meanwhile
  }
  v1::FeedHeader header = feed_header(image, instance_, slice_id);
  if (image.target.kind == TargetKind::slice) {
    header.mutable_slice()->set_author(placed.author());
    header.mutable_slice()->set_name(placed.name());
    if (image.snapshot->acquired_ns > 0)
      registry_.observe(kAge, static_cast<double>(now - image.snapshot->acquired_ns) * 1e-6);
  }
  registry_.observe(kReconstruction, image.reconstruction_ms);
  feed_->publish(image.target.key, std::move(header), std::move(image.pixels));
}

Result<void> Server::change_parameters(const config::Settings&, const config::Settings& after) {
  if (auto checked = check(after); !checked) return checked;
  engine_->set_rates(after.real("refresh_hz"), after.real("preview_hz"),
                     after.real("rebuild_interval"));
  engine_->set_preview(static_cast<int>(after.integer("preview_size")));
  return {};
}

}  // namespace slicecast::slice
