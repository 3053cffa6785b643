// Streams the frames of a ScanContent through a FrameSender: pacing, wanted losses and duplicates,
// ledger, start and stop. Owns one thread named "stream".
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/metrics/ledger.h"
#include "services/source/content.h"
#include "services/source/frame_sender.h"
#include "services/source/pacer.h"
#include "services/source/sequence.h"

namespace slicecast::source {

struct StreamerOptions {
  std::uint64_t instance = 0;  // goes into scan ids
  std::uint64_t passes = 1;    // 0: without end
  bool continues = false;      // passes form one scan
  std::uint64_t flats_every = 0;
  Order order = Order::sequential;
  std::uint64_t seed = 1;
  bool wait_for_consumer = true;  // before each run
  double rate = 0;                // frames/s; 0: as fast as the consumers take
  double loss = 0, duplicates = 0;
};

// The list of frames that a streamer sends for this content.
SequencePlan plan_of(const ScanContent& content, const StreamerOptions& options);

// Whether the n-th projection of a run is left out at this loss.
bool is_lost(const StreamerOptions& options, double loss, std::uint64_t ordinal);

class Streamer {
 public:
  enum class State : std::uint8_t { idle, waiting, streaming, done, failed };
  struct Status {
    State state = State::idle;
    std::string scan_id;  // of the running or last scan
    std::uint64_t scans = 0, frames = 0, bytes = 0;
    std::string failure;  // why it failed
  };

  // Ledger: every frame is received when its turn comes, then done (sent), shed_by_policy (lost on
  // purpose) or queue_full (nobody had room).
  Streamer(std::unique_ptr<ScanContent> content, std::unique_ptr<FrameSender> sender,
           const StreamerOptions& options, std::shared_ptr<metrics::Ledger> ledger);
  ~Streamer();  // ends the running scan and joins

  // From any thread. start() begins anew, or does nothing while it runs; stop() ends the scan.
  void start();
  void stop();
  void set_rate(double frames_per_second);
  void set_loss(double fraction) { loss_ = fraction; }
  void set_duplicates(double fraction) { duplicates_ = fraction; }

  Status status() const;
  // True when idle, done or failed; false at the deadline. With `taken` also waits until the
  // consumers have taken everything.
  bool wait_until_done(std::chrono::milliseconds deadline, bool taken = false);
  const FrameSender& sender() const { return *sender_; }
  const ScanContent& content() const { return *content_; }

 private:
  void run_thread(std::stop_token stop);
  Result<void> run(std::stop_token stop);
  bool wait_for_consumer(std::stop_token stop);
  void begin_scan(const ScanBegins& scan);
  Result<void> send(const FrameStep& step, std::stop_token stop);
  void send_now(ingest::FrameArrived& frame, std::stop_token stop);
  void set_state(State state, std::string failure = {});

  const std::unique_ptr<ScanContent> content_;
  const std::unique_ptr<FrameSender> sender_;
  const StreamerOptions options_;
  const std::shared_ptr<metrics::Ledger> ledger_;
  Pacer pacer_;
  std::atomic<double> loss_, duplicates_;
  std::atomic<std::uint64_t> frames_{0}, bytes_{0};

  std::uint64_t ordinal_ = 0;       // projections of this run so far, for the seeded choices
  std::uint64_t sent_in_scan_ = 0;  // projections
  ingest::ScanInfo scan_;           // the running one

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool start_wanted_ = false;
  bool busy_ = false;
  std::optional<std::stop_source> run_stop_;
  Status status_;
  std::mutex
      sender_mutex_;     // the sender serves the stream thread and, when that rests, its waiters
  std::jthread thread_;  // last: the rest must be there before it runs
};

const char* to_string(Streamer::State state);

}  // namespace slicecast::source
