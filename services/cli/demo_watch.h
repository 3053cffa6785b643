// The demo's own client: places four slices, keeps the newest image of each and of the preview, and
// asks the services how they are. Two threads; all members may be called from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/base/error.h"
#include "services/cli/client.h"
#include "services/cli/demo_labels.h"
#include "services/cli/fetch.h"

namespace slicecast::cli {

// What the status line shows. Rates are over the time since the last call.
struct DemoFigures {
  double frames_per_s = 0, megabytes_per_s = 0, refreshes_per_s = 0;
  std::optional<double> age_ms;                 // of the newest projection in the newest slice, now
  double age_error_ms = 0;                      // of the source's clock against ours
  std::map<std::string, std::uint64_t> losses;  // by reason, all services together
  std::string labels;                           // DemoLabels::line(); empty without a segmentation
  std::string line() const;
};

class DemoWatch {
 public:
  static Result<std::unique_ptr<DemoWatch>> create(const std::string& hub, int slice_size,
                                                   bool segmented);
  ~DemoWatch();
  DemoWatch(const DemoWatch&) = delete;

  // The destructor then has less to wait for.
  void request_stop();
  DemoFigures figures();
  std::uint64_t slices_received() const;
  // Why no (further) slice will come, in the words of the service that knows: the source cannot go
  // on, or no projection can be filtered. Nothing as long as it may still come right.
  std::optional<std::string> obstacle() const;
  // By slice id (xy, xz, yz, oblique) and "preview": the newest whole one, else the newest.
  std::map<std::string, wire::FeedMessage> pictures() const;
  std::map<std::string, LabelledSlice> labelled_pictures() const;  // none without a segmentation

 private:
  struct Totals {
    std::uint64_t frames = 0, bytes = 0;
  };
  struct Picture {
    std::optional<wire::FeedMessage> newest, whole;
  };
  DemoWatch() = default;
  void receive(const std::stop_token& stop);
  void keep(wire::FeedMessage message);
  void ask(const std::stop_token& stop);
  void count(const std::vector<ServiceState>& states);
  void look_for_obstacle(const v1::Service& service, const v1::Status& status);
  Result<void> place_slices(const v1::Service& service);

  int slice_size_ = 0;
  std::unique_ptr<Client> client_;
  std::unique_ptr<DemoLabels> labels_;  // null: nothing is segmented
  std::unique_ptr<wire::FeedConsumer> feed_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;  // of the asking thread, for the stop
  std::map<std::string, Picture> pictures_;
  std::map<std::string, std::uint64_t> losses_;
  std::optional<std::string> obstacle_;
  Totals totals_, shown_totals_;
  std::uint64_t slices_ = 0, shown_slices_ = 0;
  std::int64_t newest_acquired_ns_ = 0;
  std::int64_t shown_ns_ = 0;
  wire::ClockOffset source_clock_;  // stamps are its
  std::uint64_t placed_at_ = 0;     // instance of the slice server that has our slices
  std::unique_ptr<wire::Follower> follower_;
  std::jthread receiving_, asking_;
};

}  // namespace slicecast::cli
