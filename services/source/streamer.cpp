#include "services/source/streamer.h"

#include <fmt/format.h>
#include <pthread.h>

#include "common/base/clock.h"
#include "common/log/log.h"

namespace slicecast::source {
namespace {

using ingest::FrameKind;
using metrics::Drop;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{100};  // between looks at the stop token
constexpr std::uint64_t kLossStream = 1, kDuplicateStream = 2;

}  // namespace

const char* to_string(Streamer::State state) {
  switch (state) {
    case Streamer::State::idle: return "idle";
    case Streamer::State::waiting: return "waiting for a consumer";
    case Streamer::State::streaming: return "streaming";
    case Streamer::State::done: return "done";
    case Streamer::State::failed: return "failed";
  }
  return "unknown";
}

SequencePlan plan_of(const ScanContent& content, const StreamerOptions& options) {
  SequencePlan plan;
  plan.pass = content.projections();
  plan.passes = options.passes;
  plan.continues = options.continues;
  plan.repeats = content.repeats();
  plan.pass_arc_rad = content.pass_arc_rad();
  plan.darks = content.darks();
  plan.flats = content.flats();
  plan.flats_every = options.flats_every;
  plan.order = options.order;
  plan.seed = options.seed;
  plan.ids = content.ids();
  plan.id_of = [&content](std::uint64_t index) { return content.id_of(index); };
  plan.angle_of = [&content](std::uint64_t index) { return content.angle_of(index); };
  return plan;
}

bool is_lost(const StreamerOptions& options, double loss, std::uint64_t ordinal) {
  return chance(options.seed, kLossStream, ordinal) < loss;
}

Streamer::Streamer(std::unique_ptr<ScanContent> content, std::unique_ptr<FrameSender> sender,
                   const StreamerOptions& options, std::shared_ptr<metrics::Ledger> ledger)
    : content_(std::move(content)),
      sender_(std::move(sender)),
      options_(options),
      ledger_(std::move(ledger)),
      loss_(options.loss),
      duplicates_(options.duplicates) {
  pacer_.set_rate(options.rate);
  thread_ = std::jthread([this](std::stop_token stop) {
    pthread_setname_np(pthread_self(), "stream");
    run_thread(stop);
  });
}

Streamer::~Streamer() {
  thread_.request_stop();
  stop();
}

void Streamer::start() {
  {
    std::lock_guard lock(mutex_);
    if (busy_ || start_wanted_) return;
    start_wanted_ = true;
  }
  changed_.notify_all();
}

void Streamer::stop() {
  std::lock_guard lock(mutex_);
  start_wanted_ = false;
  if (run_stop_) run_stop_->request_stop();
}

void Streamer::set_rate(double frames_per_second) {
  pacer_.set_rate(frames_per_second);
}

Streamer::Status Streamer::status() const {
  std::lock_guard lock(mutex_);
  Status status = status_;
  status.frames = frames_;
  status.bytes = bytes_;
  return status;
}

void Streamer::set_state(State state, std::string failure) {
  {
    std::lock_guard lock(mutex_);
    status_.state = state;
    status_.failure = std::move(failure);
  }
  changed_.notify_all();
}

bool Streamer::wait_until_done(milliseconds deadline, bool taken) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, until, [this] { return !busy_ && !start_wanted_; }))
      return false;
  }
  if (!taken) return true;
  std::lock_guard sender_lock(sender_mutex_);
  const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
  return sender_->wait_until_taken(std::max(left, milliseconds(0)));
}

void Streamer::run_thread(std::stop_token stop) {
  for (;;) {
    std::stop_token run_token;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return start_wanted_; })) return;
      start_wanted_ = false;
      busy_ = true;
      run_token = run_stop_.emplace().get_token();
    }
    Result<void> ran;
    {
      std::lock_guard sender_lock(sender_mutex_);
      ran = run(run_token);
    }
    {
      std::lock_guard lock(mutex_);
      busy_ = false;
      run_stop_.reset();
    }
    if (ran) {
      set_state(State::done);
    } else if (ran.error().code == Errc::cancelled) {
      set_state(State::idle);
    } else {
      spdlog::error("the scan ended early: {}", ran.error().message);
      set_state(State::failed, ran.error().message);
    }
  }
}

bool Streamer::wait_for_consumer(std::stop_token stop) {
  set_state(State::waiting);
  while (!stop.stop_requested()) {
    if (sender_->wait_for_consumer(kPatience)) return true;
  }
  return false;
}

Result<void> Streamer::run(std::stop_token stop) {
  const Error stopped{Errc::cancelled, "stopped"};
  if (options_.wait_for_consumer && !wait_for_consumer(stop)) return stopped;
  set_state(State::streaming);
  pacer_.restart();
  ordinal_ = 0;
  bool in_scan = false;
  const auto end_scan = [&] {
    if (in_scan) sender_->end({scan_.scan_id, sent_in_scan_});
    in_scan = false;
  };
  Sequence sequence(plan_of(*content_, options_));
  while (const auto step = sequence.next()) {
    if (stop.stop_requested()) {
      end_scan();
      return stopped;
    }
    if (const auto* begins = std::get_if<ScanBegins>(&*step)) {
      begin_scan(*begins);
      in_scan = true;
    } else if (const auto* frame = std::get_if<FrameStep>(&*step)) {
      if (auto sent = send(*frame, stop); !sent) {
        end_scan();
        return sent.error();
      }
    } else {
      end_scan();
    }
  }
  return {};
}

void Streamer::begin_scan(const ScanBegins& begins) {
  scan_ = content_->scan();
  scan_.projections = begins.projections;
  sent_in_scan_ = 0;
  {
    std::lock_guard lock(mutex_);
    ++status_.scans;
    scan_.scan_id = fmt::format("{}-{:08x}-{}", scan_.title.empty() ? "scan" : scan_.title,
                                static_cast<std::uint32_t>(options_.instance), status_.scans);
    status_.scan_id = scan_.scan_id;
  }
  spdlog::info("scan {} begins: {} x {} {}, {} projections", scan_.scan_id, scan_.geometry.rows,
               scan_.geometry.columns, slicecast::to_string(scan_.pixel_type),
               scan_.projections == 0 ? "endless" : std::to_string(scan_.projections));
  sender_->begin(scan_);
}

Result<void> Streamer::send(const FrameStep& step, std::stop_token stop) {
  const bool projection = step.kind == FrameKind::projection;
  const std::uint64_t ordinal = projection ? ordinal_++ : 0;
  const bool lost = projection && is_lost(options_, loss_, ordinal);
  ingest::FrameArrived frame;
  if (!lost) {  // rendered before its turn, so that the work does not delay it
    auto image = content_->image(step.kind, step.content);
    if (!image) return image.error();
    frame.pixels = *std::move(image);
  }
  if (!pacer_.wait(stop)) return Error{Errc::cancelled, "stopped"};
  if (lost) {
    ledger_->receive_and_drop(Drop::shed_by_policy);
    return {};
  }
  frame.scan_id = scan_.scan_id;
  frame.kind = step.kind;
  frame.id = step.id;
  if (projection) {
    frame.angle_rad = step.angle_rad;
    frame.matrix = content_->matrix_of(step.content);
  }
  frame.type = scan_.pixel_type;
  frame.rows = scan_.geometry.rows;
  frame.columns = scan_.geometry.columns;
  send_now(frame, stop);
  if (projection && chance(options_.seed, kDuplicateStream, ordinal) < duplicates_)
    send_now(frame, stop);
  return {};
}

void Streamer::send_now(ingest::FrameArrived& frame, std::stop_token stop) {
  while (pacer_.rate() <= 0 && !stop.stop_requested() && !sender_->wait_for_room(kPatience)) {
  }
  ledger_->receive();
  frame.acquired_ns = now_ns();
  if (!sender_->send(frame)) {
    ledger_->drop(Drop::queue_full);
    return;
  }
  ledger_->finish();
  ++frames_;
  bytes_ += frame.pixels->size();
  if (frame.kind == FrameKind::projection) ++sent_in_scan_;
}

}  // namespace slicecast::source
