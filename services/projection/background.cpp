#include "services/projection/background.h"

#include <sys/resource.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "common/log/log.h"

namespace slicecast::projection {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 250ms;
constexpr int kNice = 10;

}  // namespace

Background::Background(Pipeline& pipeline, Options options)
    : pipeline_(pipeline), options_(std::move(options)), axis_(pipeline), rings_(pipeline) {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

Background::~Background() {
  thread_.request_stop();
  thread_.join();
  save_state();
}

std::optional<AxisFinding> Background::finding() const {
  std::lock_guard lock(mutex_);
  return finding_;
}

Result<AxisFinding> Background::find_now(std::chrono::milliseconds deadline) {
  std::unique_lock lock(mutex_);
  const std::uint64_t ticket = ++asked_;
  wake_.notify_all();
  if (!wake_.wait_for(lock, deadline, [&] { return answered_ >= ticket; }))
    return Error{Errc::deadline_exceeded,
                 "the axis is still being searched; ask again in a moment"};
  if (refusal_) return *refusal_;
  if (finding_) return *finding_;
  return Error{Errc::not_found, "no axis found yet; ask again when half a turn has come"};
}

void Background::run(std::stop_token stop) {
  name_thread("background");
  // Linux: of this thread alone. Live work comes first; a refusal costs nothing but that.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, kInterval, [&] { return answered_ < asked_; });
    }
    if (stop.stop_requested()) return;
    save_state();
    pipeline_.tidy();
    pipeline_.show_newest();
    const config::Settings settings = options_.settings();
    const WindowView view = pipeline_.window_view();
    watch_axis(view, settings, stop);
    if (settings.boolean("rings"))
      rings_.look(view, static_cast<int>(settings.integer("ring_width")), stop);
  }
}

void Background::watch_axis(const WindowView& view, const config::Settings& settings,
                            std::stop_token stop) {
  std::uint64_t asked = 0;
  bool asked_now = false;
  {
    std::lock_guard lock(mutex_);
    asked = asked_;
    asked_now = answered_ < asked_;
    if (finding_ && view.epoch && finding_->scan_id != view.epoch->spec().scan_id) finding_.reset();
  }
  const bool follows = settings.boolean("axis_follow");
  if (!asked_now && !follows && !settings.boolean("axis_search")) return;
  auto found = axis_.look(view, asked_now, stop);
  {
    std::lock_guard lock(mutex_);
    refusal_.reset();
    if (!found)
      refusal_ = found.error();
    else if (*found)
      finding_ = **found;
    answered_ = asked;
  }
  wake_.notify_all();
  if (!found && found.error().code == Errc::unsupported && (follows || asked_now) &&
      log::every("projection-axis-search", 60))
    spdlog::warn("{}", found.error().message);
  if (!found || !*found) return;
  const AxisFinding& finding = **found;
  spdlog::debug("axis at column {:.3f} +- {:.3f} ({}), gain {:.3f}", finding.offer.column,
                finding.offer.uncertainty_px, recon::to_string(finding.offer.method), finding.gain);
  if (!follows || !worth_following(finding)) return;
  options_.follow(finding.offer.column);
  axis_.applied();
}

void Background::save_state() {
  const std::uint64_t revision = pipeline_.state_revision();
  const std::int64_t now = steady_now_ns();
  if (revision == saved_revision_ && !options_.state_writes->wants_again(now)) return;
  if (options_.owns_state && !options_.owns_state()) return;
  saved_revision_ = revision;
  options_.state_writes->report("darks, flats, scan and parameters",
                                write_state(options_.state_file, pipeline_.state_to_save()), now);
}

}  // namespace slicecast::projection
