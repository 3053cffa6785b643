// The slice server: filtered projections in over bulk, poses in over control, images out over a
// feed. A library, so that tests run it in one process; main.cpp only parses and waits.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/compute/compute.h"
#include "common/config/option.h"
#include "common/metrics/frame_account.h"
#include "common/metrics/metrics.h"
#include "common/service/service.h"
#include "common/service/state_writes.h"
#include "common/wire/directory.h"
#include "common/wire/feed.h"
#include "services/slice/engine.h"
#include "services/slice/projection_link.h"
#include "services/slice/scene.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::slice {

class Server {
 public:
  // `settings`: common options and options(). Errors are start-up errors with a remedy.
  static Result<std::unique_ptr<Server>> create(wire::Context& context, config::Settings settings);
  ~Server();  // stops and joins all threads
  Server(const Server&) = delete;

  std::vector<std::string> feed_addresses() const { return feed_->addresses(); }
  std::vector<std::string> control_addresses() const { return frame_->control_addresses(); }
  const service::ServiceFrame& frame() const { return *frame_; }
  const Engine& engine() const { return *engine_; }
  metrics::LedgerSnapshot ledger() const { return ledger_->snapshot(); }  // of projections
  std::uint64_t instance() const { return instance_; }

 private:
  Server(wire::Context& context, config::Settings settings);
  Result<void> open();
  void open_engine();
  CardIdentity card_identity() const;  // of the card computed on; unknown: none
  Result<void> open_projections();
  Result<void> open_frame();
  void receive(std::stop_token stop);
  void keep_house(std::stop_token stop);
  void take(const wire::BulkMessage& message);
  void take_start(const wire::BulkMessage& message);
  void take_projection(const wire::BulkMessage& message);
  void take_geometry(const v1::GeometryUpdate& update);
  void begin_account(const StreamStart& start);
  void arrived(std::uint64_t id);
  void place_initial_slices();
  void restore_scene();
  void save_scene();
  void publish(Image&& image);
  void publish_scene();
  void publish_scan();
  void publish_telemetry();
  void forget_old_requests(std::int64_t now_ns);
  Result<void> handle(const v1::Request& request, v1::Reply& reply);
  Result<void> set_slice(const v1::Request& request, v1::Reply& reply);
  Result<void> reconstruct_once(const v1::Request& request, v1::Reply& reply);
  Result<void> change_parameters(const config::Settings& before, const config::Settings& after);
  bool may_change(const v1::Request& request) const;

  wire::Context& context_;
  const config::Settings settings_;
  const std::uint64_t instance_;
  metrics::Registry registry_;
  service::StateWrites state_writes_{registry_};
  compute::Computing computing_;
  const std::shared_ptr<metrics::Ledger> ledger_;
  service::Parameters parameters_;
  Scene scene_;
  const std::filesystem::path scene_file_;
  std::string saved_scene_;  // as it stands in that file
  std::mutex scene_order_;
  std::mutex requests_mutex_;
  std::map<std::string, std::int64_t> requests_;  // feed key -> steady ns of the request
  std::unique_ptr<wire::FeedProducer> feed_;
  std::unique_ptr<Engine> engine_;
  ProjectionLink projections_;
  std::unique_ptr<wire::Follower> follower_;
  std::unique_ptr<service::ServiceFrame> frame_;
  std::uint64_t producer_ = 0;  // instance of the projection server heard last
  v1::Scan scan_;               // as told to others; on the receiving thread
  std::string accounted_scan_;
  metrics::FrameAccount account_{0};   // of the ids of this scan; on the receiving thread
  std::vector<std::string> unplaced_;  // of the option `slices`; on the receiving thread
  std::atomic<bool> scan_ended_{false};
  std::jthread receiver_, housekeeper_;
};

}  // namespace slicecast::slice
