// Health as rows of the health panel: each figure with its unit, whether it is good, to be watched
// or red, and, for the latter two, one sentence that explains it and one that says what to do. Fed
// with telemetry and with what the viewer measures itself; times are steady ns. One thread (UI).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "slicecast/v1/control.pb.h"
#include "slicecast/v1/feed.pb.h"
#include "viewer/model/age_statistics.h"

namespace slicecast::viewer {

// Of the projection server: detector frames per second.
inline constexpr const char* kRateGauge = "slicecast_projection_frames_per_s";

enum class HealthLevel : std::uint8_t { good, watch, red };
const char* to_string(HealthLevel level);  // "ok", "watch", "red"

struct HealthRow {
  std::string id;     // "ingest", "loss.frames.late", "age": stable, for tests and scripts
  std::string group;  // "Ingest", "Losses", "Times", "Viewer", service names
  std::string label;
  std::string value;  // with its unit: "312 MB/s"
  double number = 0;
  double severity = 0;  // of red rows: below 100 for slowness, then losses, then wrong images
  HealthLevel level = HealthLevel::good;
  std::string explanation;  // always says what the number is; of a red one also why it is red
  std::string remedy;       // empty when good
};

class Health {
 public:
  struct Thresholds {
    double reconstruction_watch_ms = 100, reconstruction_red_ms = 500;
    double plugin_watch_ms = 100, plugin_red_ms = 500;
    double age_watch_ms = 250, age_red_ms = 1000;  // of p99
    double upload_red_ms = 4;                      // per frame of the UI thread
    double frame_rate_red_hz = 20;
    std::int64_t recent_ns = 10'000'000'000;  // a loss keeps its row red for so long
    std::int64_t silent_ns = 5'000'000'000;   // telemetry older than this is unknown
    std::int64_t dry_ns = 3'000'000'000;      // no frame for so long while a scan runs is red
    std::int64_t stale_ns = 2'000'000'000;    // while a slice moves its images are, for a moment
  };

  Health() = default;
  explicit Health(Thresholds thresholds) : thresholds_(thresholds) {}

  void telemetry(const v1::Telemetry& telemetry, std::int64_t now_ns);
  void status(const v1::Status& status, std::int64_t now_ns);  // the same from a control answer
  void keep(const std::set<std::string>& services);            // forget the rows of all others

  // What the viewer sees itself.
  void slice_shown(const v1::SliceImage& header, std::int64_t now_ns);
  void overlay_shown(const std::string& producer, double processing_ms, std::int64_t now_ns);
  void overlay_refused(const std::string& producer, const std::string& message,
                       std::int64_t now_ns);
  void age(const AgeFigures& figures);
  // Messages skipped by the viewer's own feed consumers, as running totals.
  // `problem`: of the last message that was refused, if known.
  void own_feed(const std::string& link, std::uint64_t received, std::uint64_t superseded,
                std::uint64_t refused, const std::string& problem, std::int64_t now_ns);
  void frame(double frames_per_s, double upload_ms);
  // The projection server says so: what is seen is the last image, and its age is no fault.
  void scan_ended(bool ended) { scan_ended_ = ended; }
  // By the user: what is seen grows old on purpose.
  void frozen(bool frozen) { frozen_ = frozen; }
  bool scan_ended() const { return scan_ended_; }

  // In the order of the panel. Rows of unknown figures are left out.
  std::vector<HealthRow> rows(std::int64_t now_ns) const;
  HealthLevel worst(std::int64_t now_ns) const;
  // The red row that matters most; none is red: nothing. What falsifies or loses data comes before
  // what is slow, then whatever is further beyond its limit.
  static const HealthRow* worst_of(const std::vector<HealthRow>& rows);

 private:
  struct Loss {
    std::uint64_t total = 0, before = 0;  // before the last rise
    std::int64_t rose_ns = 0;
    bool rose = false;
  };
  struct Service {
    std::map<std::string, double> gauges;
    std::map<std::string, Loss> losses;  // "<flow>.<reason>", "<flow>.missing"
    std::map<std::string, bool> open;    // flows whose ledger does not close
    std::int64_t heard_ns = 0;
    std::int64_t dry_since_ns = 0;  // a scan runs and no frame comes; 0: not so
  };
  struct Timed {
    double ms = 0;
    std::int64_t at_ns = 0;
    std::string message;  // of a refusal
    std::int64_t refused_ns = 0;
  };
  void take_ledger(Service& service, const v1::Ledger& ledger, std::int64_t now_ns);
  void count(Loss& loss, std::uint64_t total, std::int64_t now_ns);
  void add_service_rows(const std::string& name, const Service& service, std::int64_t now_ns,
                        std::vector<HealthRow>& rows) const;
  void add_loss_row(const std::string& service, const std::string& key, const Loss& loss,
                    std::int64_t now_ns, std::vector<HealthRow>& rows) const;
  void add_refused_row(const std::string& link, const Loss& loss, std::int64_t now_ns,
                       std::vector<HealthRow>& rows) const;
  void add_ingest_rows(const Service& service, std::int64_t now_ns,
                       std::vector<HealthRow>& rows) const;
  void add_time_rows(std::int64_t now_ns, std::vector<HealthRow>& rows) const;
  void add_age_row(std::vector<HealthRow>& rows) const;

  Thresholds thresholds_;
  std::map<std::string, Service> services_;
  Timed reconstruction_;
  bool scan_ended_ = false, frozen_ = false;
  std::int64_t stale_since_ns_ = 0;  // of the images shown; 0: the last one is not
  bool uncertain_ = false, filling_ = false, mixed_ = false;
  double gap_rad_ = 0;
  std::map<std::string, Timed> plugins_;
  std::map<std::string, Loss> own_superseded_, own_refused_;
  std::string refused_why_;
  AgeFigures age_;
  double frames_per_s_ = 0, upload_ms_ = 0;
};

}  // namespace slicecast::viewer
