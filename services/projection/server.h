// The projection server: raw frames in over any dialect, filtered projections out over bulk,
// thumbnails and telemetry over a feed, parameters over control. A library, so that tests run it in
// one process; main.cpp only parses and waits.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "common/compute/compute.h"
#include "common/config/option.h"
#include "common/ingest/frame_source.h"
#include "common/metrics/metrics.h"
#include "common/service/service.h"
#include "common/service/state_writes.h"
#include "common/wire/bulk.h"
#include "common/wire/directory.h"
#include "common/wire/feed.h"
#include "services/projection/background.h"
#include "services/projection/pipeline.h"

namespace slicecast::projection {

class Server {
 public:
  // `settings`: common options and projection_options(). `pinned`: options that win over what was
  // set live in an earlier run (those of the command line). Touches neither the state file nor the
  // source before the hub granted the name. Errors are start-up errors with a remedy.
  static Result<std::unique_ptr<Server>> create(wire::Context& context, config::Settings settings,
                                                std::span<const std::string> pinned = {});
  ~Server();  // stops and joins all threads
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::vector<std::string> bulk_addresses() const { return bulk_->addresses(); }
  std::vector<std::string> feed_addresses() const { return feed_->addresses(); }
  std::vector<std::string> control_addresses() const { return frame_->control_addresses(); }
  const service::ServiceFrame& frame() const { return *frame_; }
  Pipeline& pipeline() { return *pipeline_; }
  service::Parameters& parameters() { return parameters_; }
  metrics::LedgerSnapshot frames() const { return frames_->snapshot(); }
  metrics::LedgerSnapshot refiltered() const { return refiltered_->snapshot(); }
  const metrics::Registry& registry() const { return registry_; }
  std::uint64_t instance() const { return instance_; }

 private:
  Server(wire::Context& context, config::Settings settings, MemoryPlan memory);
  Result<void> open(std::span<const std::string> pinned);
  Result<void> open_source();
  Result<void> open_frame();
  void restore_state(std::span<const std::string> pinned);
  void restore_parameters(const SavedState& state, std::span<const std::string> pinned);
  void check_axis(const ingest::ScanInfo& scan);
  void add_gauges();
  void receive(std::stop_token stop);
  void tell(std::stop_token stop);
  void publish_telemetry(double seconds);
  Result<void> handle(const v1::Request& request, v1::Reply& reply);
  std::optional<AxisFinding> finding() const;
  std::map<std::string, std::string> facts() const;
  std::string health() const;

  wire::Context& context_;
  const config::Settings settings_;
  const MemoryPlan memory_;
  const std::filesystem::path state_file_;
  const std::uint64_t instance_;
  metrics::Registry registry_;
  service::StateWrites state_writes_{registry_};
  compute::Computing computing_;
  const std::shared_ptr<metrics::Ledger> frames_, refiltered_;
  service::Parameters parameters_;
  std::unique_ptr<wire::BulkProducer> bulk_;
  std::unique_ptr<wire::FeedProducer> feed_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Background> background_;
  std::unique_ptr<ingest::FrameSource> source_;
  std::unique_ptr<wire::Follower> follower_;
  std::unique_ptr<service::ServiceFrame> frame_;
  std::atomic<bool> serving_{false};     // all of the above is there
  std::atomic<bool> refused_{false};     // the state file is another's
  std::optional<double> restored_axis_;  // until a scan shows whether the set-up is the same
  v1::Geometry restored_set_up_;
  std::uint64_t told_frames_ = 0, told_bytes_ = 0;
  std::jthread receiver_, teller_;
};

}  // namespace slicecast::projection
