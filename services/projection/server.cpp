#include "services/projection/server.h"

#include "common/base/thread_name.h"
#include "common/config/program.h"
#include "common/config/version.h"
#include "common/ingest/native_source.h"
#include "common/ingest/recastx_source.h"
#include "common/log/log.h"
#include "common/offline/bad_pixel_mask.h"

namespace slicecast::projection {
namespace {

using namespace std::chrono_literals;

bool is_address(const std::string& text) {
  return text.find("://") != std::string::npos;
}

v1::Link link_of(const char* name, const std::vector<std::string>& addresses) {
  v1::Link link;
  link.set_name(name);
  for (const auto& address : addresses) link.add_addresses(address);
  return link;
}

}  // namespace

Server::Server(wire::Context& context, config::Settings settings, MemoryPlan memory)
    : context_(context),
      settings_(settings),
      memory_(memory),
      state_file_(state_path(config::state_directory(settings), settings.text("name"))),
      instance_(wire::new_instance()),
      registry_("projection", config::version()),
      frames_(std::make_shared<metrics::Ledger>("frames")),
      refiltered_(std::make_shared<metrics::Ledger>("refiltered")),
      parameters_(settings, [this](const config::Settings&, const config::Settings& after) {
        return pipeline_->change(after);
      }) {}

Result<std::unique_ptr<Server>> Server::create(wire::Context& context, config::Settings settings,
                                               std::span<const std::string> pinned) {
  const auto memory = memory_plan(settings);
  if (!memory) return memory.error();
  if (auto pixels = pixel_parameters(settings, false, 0); !pixels) return pixels.error();
  std::unique_ptr<Server> server(new Server(context, std::move(settings), *memory));
  auto computing = compute::choose(server->settings_, server->registry_);
  if (!computing) return computing.error();
  server->computing_ = *std::move(computing);
  if (auto opened = server->open(pinned); !opened) return opened.error();
  return server;
}

Result<void> Server::open(std::span<const std::string> pinned) {
  const auto bound = [&](const char* link, const char* port) {
    return service::bind_addresses(settings_, link, static_cast<int>(settings_.integer(port)));
  };
  const recon::CardSharing* sharing = computing_.backend->card_sharing();
  auto bulk = wire::BulkProducer::create(
      context_, {.name = settings_.text("name"),
                 .bind = bound("bulk", "bulk_port"),
                 .instance = instance_,
                 .ring_bytes = memory_.filtered,
                 .card = sharing != nullptr ? sharing->identity() : CardIdentity{}});
  if (!bulk) return bulk.error();
  bulk_ = std::move(*bulk);
  auto feed = wire::FeedProducer::create(
      context_, {settings_.text("name"), bound("feed", "feed_port"), instance_});
  if (!feed) return feed.error();
  feed_ = std::move(*feed);

  PipelineOptions options;
  options.backend = computing_.backend.get();
  options.store = computing_.store;
  options.memory = memory_;
  options.threads = static_cast<unsigned>(computing_.threads);
  options.queue_frames = static_cast<std::size_t>(settings_.integer("input_queue"));
  options.wait_when_full = settings_.text("recastx").empty();
  options.reorder_window = static_cast<std::uint64_t>(settings_.integer("reorder_window"));
  auto bad_pixels = offline::bad_pixel_mask(settings_);
  if (!bad_pixels) return bad_pixels.error();
  options.bad_pixels = *std::move(bad_pixels);
  pipeline_ =
      std::make_unique<Pipeline>(options, settings_, *bulk_, feed_.get(), frames_, refiltered_);
  registry_.add(frames_);
  registry_.add(refiltered_);
  add_gauges();
  if (auto framed = open_frame(); !framed) return framed;
  // A second server of the same name must leave the state file and the source alone.
  if (auto named = frame_->wait_for_name(); !named) return named;
  restore_state(pinned);
  background_ = std::make_unique<Background>(
      *pipeline_, Background::Options{
                      .state_file = state_file_,
                      .state_writes = &state_writes_,
                      .owns_state = [this] { return !refused_; },
                      .settings = [this] { return parameters_.settings(); },
                      .follow =
                          [this](double column) {
                            if (auto set = parameters_.set({{"axis_column", column}}); !set)
                              spdlog::warn("the axis found is not applied: {}",
                                           set.error().message);
                          },
                  });
  if (auto opened = open_source(); !opened) return opened;
  serving_ = true;
  receiver_ = std::jthread([this](std::stop_token stop) { receive(stop); });
  teller_ = std::jthread([this](std::stop_token stop) { tell(stop); });
  return {};
}

Result<void> Server::open_source() {
  auto pool = BufferPool::create(memory_.pool);
  const ingest::DecodeLimits limits{.max_frame_bytes = memory_.frame};
  if (const std::string& address = settings_.text("recastx"); !address.empty()) {
    auto scans = recastx_scans(settings_);
    if (!scans) return scans.error();
    auto source =
        ingest::make_recastx_source(context_, {.address = address,
                                               .subscribe = settings_.boolean("recastx_subscribe"),
                                               .scans = *std::move(scans),
                                               .limits = limits,
                                               .queue_bytes = memory_.pool,
                                               .pool = pool,
                                               .ledger = frames_});
    if (!source) return source.error();
    source_ = std::move(*source);
    return {};
  }
  const std::string& name = settings_.text("source");
  ingest::NativeOptions native;
  native.name = settings_.text("name");
  if (is_address(name)) native.address = name;
  native.window = static_cast<std::uint32_t>(settings_.integer("receive_window"));
  native.limits = limits;
  native.pool = pool;
  native.ledger = frames_;
  source_ = ingest::make_native_source(context_, std::move(native));
  if (is_address(name)) return {};
  auto follower =
      wire::Follower::create(context_, wire::hub_address(settings_.text("hub")), name, "raw",
                             [this](const std::string& address, const std::string& key,
                                    std::uint64_t) { source_->connect(address, key); });
  if (!follower) return follower.error();
  follower_ = std::move(*follower);
  return {};
}

Result<void> Server::open_frame() {
  service::ServiceFrame::Options options{.kind = "projection", .settings = settings_};
  options.links = {link_of("bulk", bulk_->addresses()), link_of("feed", feed_->addresses())};
  options.feeds = {"thumbnail", "telemetry"};
  options.parameters = &parameters_;
  options.registry = &registry_;
  options.handler = [this](const v1::Request& request, v1::Reply& reply) {
    return handle(request, reply);
  };
  options.facts = [this] { return facts(); };
  options.health = [this] { return health(); };
  options.on_refused = [this] { refused_ = true; };
  auto frame = service::ServiceFrame::create(context_, instance_, std::move(options));
  if (!frame) return frame.error();
  frame_ = std::move(*frame);
  return {};
}

Server::~Server() {
  frame_.reset();
  follower_.reset();
  receiver_.request_stop();
  teller_.request_stop();
  if (source_) source_->stop();
  if (pipeline_) pipeline_->stop();
  if (receiver_.joinable()) receiver_.join();
  if (teller_.joinable()) teller_.join();
  background_.reset();
}

void Server::receive(std::stop_token stop) {
  name_thread("receive");
  while (!stop.stop_requested()) {
    auto event = source_->take(200ms);
    if (!event) continue;
    if (const auto* started = std::get_if<ingest::ScanStarted>(&*event)) check_axis(started->scan);
    pipeline_->accept(*std::move(event));
  }
}

}  // namespace slicecast::projection
