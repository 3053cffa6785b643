#include "services/source/source_service.h"

#include <algorithm>
#include <cmath>

#include "common/config/version.h"
#include "common/ingest/native_codec.h"
#include "common/log/log.h"
#include "common/wire/socket.h"
#include "services/source/arc.h"
#include "services/source/cached_content.h"
#include "services/source/file_content.h"
#include "services/source/memory_need.h"
#include "services/source/scan_options.h"
#include "services/source/simulated_content.h"

namespace slicecast::source {
namespace {

constexpr metrics::MetricInfo kBytes{"slicecast_source_bytes", metrics::Kind::gauge,
                                     "Pixel bytes sent since the start"};
constexpr metrics::MetricInfo kMemory{
    "slicecast_source_memory_bytes", metrics::Kind::gauge,
    "Memory that this process takes at most, by its ring, frames made beforehand and detector"};
constexpr metrics::MetricInfo kConsumers{"slicecast_source_consumers", metrics::Kind::gauge,
                                         "Consumers connected to the raw link"};
constexpr metrics::MetricInfo kRate{"slicecast_source_rate_hz", metrics::Kind::gauge,
                                    "Frames per second asked for; 0: as fast as consumers take"};

std::size_t frame_bytes_of(const ingest::ScanInfo& scan) {
  return static_cast<std::size_t>(scan.geometry.rows) *
         static_cast<std::size_t>(scan.geometry.columns) * size_of(scan.pixel_type);
}

std::size_t memory_of(const config::Settings& settings, const ScanContent& content) {
  auto prepared = static_cast<std::uint64_t>(settings.integer("pre_render"));
  if (content.repeats()) prepared = std::min(prepared, content.projections());
  return memory_need(settings, content.scan().geometry, frame_bytes_of(content.scan()), prepared);
}

Result<std::unique_ptr<FrameSender>> make_sender(wire::Context& context,
                                                 const config::Settings& settings,
                                                 const ingest::ScanInfo& scan,
                                                 std::uint64_t instance) {
  const std::size_t ring_bytes = static_cast<std::size_t>(settings.integer("ring")) << 20;
  if (settings.text("dialect") == "recastx")
    return make_recastx_sender(context, settings.text("push_address"),
                               wire::foreign_high_water(ring_bytes, frame_bytes_of(scan)));
  NativeSenderOptions options;
  options.bind =
      service::bind_addresses(settings, "raw", static_cast<int>(settings.integer("bulk_port")));
  options.instance = instance;
  options.ring_bytes = ring_bytes;
  return make_native_sender(context, std::move(options));
}

class Service final : public SourceService {
 public:
  Service(const config::Settings& settings, std::uint64_t instance)
      : instance_(instance),
        settings_(settings),
        registry_(settings.text("name"), config::version()),
        ledger_(std::make_shared<metrics::Ledger>("frames")),
        parameters_(settings, [this](const config::Settings&, const config::Settings& after) {
          return apply(after);
        }) {}

  ~Service() override {
    frame_.reset();     // no request may meet a streamer that is going
    streamer_.reset();  // then nothing is sent any more
  }

  Result<void> start(wire::Context& context) {
    auto content = make_content(settings_);
    if (!content) return content.error();
    auto options = streamer_options(settings_, **content, instance_);
    if (!options) return options.error();
    auto sender = make_sender(context, settings_, (*content)->scan(), instance_);
    if (!sender) return sender.error();
    streamer_ =
        std::make_unique<Streamer>(*std::move(content), *std::move(sender), *options, ledger_);
    rate_ = settings_.real("rate");
    registry_.add(ledger_);
    registry_.add_gauge(kBytes, [this] { return static_cast<double>(streamer_->status().bytes); });
    const auto memory = static_cast<double>(memory_of(settings_, streamer_->content()));
    registry_.add_gauge(kMemory, [memory] { return memory; });
    registry_.add_gauge(kConsumers,
                        [this] { return static_cast<double>(streamer_->sender().consumers()); });
    registry_.add_gauge(kRate, [this] { return rate_.load(); });
    if (auto announced = announce(context); !announced) return announced.error();
    if (auto named = frame_->wait_for_name(); !named) return named.error();
    if (settings_.text("start") != "command") streamer_->start();
    return {};
  }

  Streamer& streamer() override { return *streamer_; }
  const service::ServiceFrame& frame() const override { return *frame_; }

 private:
  Result<void> announce(wire::Context& context) {
    service::ServiceFrame::Options options{.settings = settings_};
    options.kind = "source";
    v1::Link& link = options.links.emplace_back();
    link.set_name(settings_.text("dialect") == "recastx" ? "raw_recastx" : "raw");
    for (const auto& address : streamer_->sender().addresses()) link.add_addresses(address);
    options.parameters = &parameters_;
    options.registry = &registry_;
    options.handler = [this](const v1::Request& request, v1::Reply&) { return answer(request); };
    options.facts = [this] { return facts(); };
    options.health = [this] {
      const auto status = streamer_->status();
      return status.state == Streamer::State::failed ? status.failure : std::string();
    };
    auto frame = service::ServiceFrame::create(context, instance_, std::move(options));
    if (!frame) return frame.error();
    frame_ = *std::move(frame);
    return {};
  }

  Result<void> answer(const v1::Request& request) {
    const bool start = request.has_start_source();
    if (!start && !request.has_stop_source()) {
      return Error{Errc::unsupported,
                   "a source answers StartSource and StopSource; ask the service that does this"};
    }
    if (service::granted_role(settings_, request) == v1::OBSERVE) {
      return Error{Errc::permission_denied,
                   "observers may not start or stop the source; connect with the role operate"};
    }
    if (start)
      streamer_->start();
    else
      streamer_->stop();
    return {};
  }

  Result<void> apply(const config::Settings& settings) {
    rate_ = settings.real("rate");
    streamer_->set_rate(settings.real("rate"));
    streamer_->set_loss(settings.real("loss"));
    streamer_->set_duplicates(settings.real("duplicates"));
    return {};
  }

  std::map<std::string, std::string> facts() const {
    const auto status = streamer_->status();
    const auto& scan = streamer_->content().scan();
    return {
        {"state", to_string(status.state)},
        {"scan_id", status.scan_id},
        {"title", scan.title},
        {"dialect", settings_.text("dialect")},
        {"frame", std::to_string(scan.geometry.rows) + "x" + std::to_string(scan.geometry.columns) +
                      " " + slicecast::to_string(scan.pixel_type)},
        {"scans", std::to_string(status.scans)},
        {"frames_sent", std::to_string(status.frames)}};
  }

  const std::uint64_t instance_;
  const config::Settings settings_;
  metrics::Registry registry_;
  const std::shared_ptr<metrics::Ledger> ledger_;
  std::atomic<double> rate_{0};
  service::Parameters parameters_;
  std::unique_ptr<Streamer> streamer_;
  std::unique_ptr<service::ServiceFrame> frame_;
};

}  // namespace

Result<std::unique_ptr<ScanContent>> make_content(const config::Settings& settings) {
  if (auto checked = check_options(settings); !checked) return checked.error();
  auto content = settings.text("file").empty() ? make_simulated_content(settings)
                                               : make_file_content(settings);
  if (!content) return content.error();
  const ingest::ScanInfo& scan = (*content)->scan();
  const bool streams = settings.text("write").empty();
  if (streams && ingest::encode_scan_start(scan).ByteSizeLong() > wire::kMaxHeaderBytes)
    return Error{Errc::invalid_argument,
                 std::to_string(scan.geometry.vectors.size()) +
                     " measured vectors do not fit into the announcement of a scan (about 43000 "
                     "do); stream the scan in parts"};
  return make_cached_content(*std::move(content),
                             static_cast<std::uint64_t>(settings.integer("pre_render")),
                             order_of(settings));
}

Result<StreamerOptions> streamer_options(const config::Settings& settings,
                                         const ScanContent& content, std::uint64_t instance) {
  StreamerOptions options;
  options.instance = instance;
  const std::int64_t scans = settings.boolean("loop") ? 0 : settings.integer("scans");
  options.passes = scans >= 0 ? static_cast<std::uint64_t>(scans) : content.repeats() ? 1 : 0;
  const auto& continuous = settings.text("continuous");
  const bool whole = is_whole_turns(content.pass_arc_rad());
  if (content.repeats() && continuous == "on" && !whole) {
    return Error{Errc::invalid_argument,
                 "continuous needs a file that covers whole turns (a half turn would go on with "
                 "mirrored images); leave it at auto, and each repetition is a new scan"};
  }
  options.continues = !content.repeats() || (whole && continuous != "off");
  options.flats_every = static_cast<std::uint64_t>(settings.integer("flats_every"));
  options.order = order_of(settings);
  options.seed = static_cast<std::uint64_t>(settings.integer("seed"));
  options.wait_for_consumer = settings.text("start") != "immediately";
  options.rate = settings.real("rate");
  options.loss = settings.real("loss");
  options.duplicates = settings.real("duplicates");
  return options;
}

Result<std::unique_ptr<SourceService>> SourceService::create(wire::Context& context,
                                                             const config::Settings& settings) {
  auto made = std::make_unique<Service>(settings, wire::new_instance());
  if (auto started = made->start(context); !started) return started.error();
  return std::unique_ptr<SourceService>(std::move(made));
}

}  // namespace slicecast::source
