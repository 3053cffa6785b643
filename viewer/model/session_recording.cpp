#include "viewer/model/session_recording.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "common/io/atomic_file.h"
#include "viewer/model/provenance.h"
#include "viewer/model/recording_file.h"

namespace slicecast::viewer {
namespace {

// Starts and ends of scans are few; a sender that floods with them is held to this.
constexpr std::size_t kMostMarks = 1024;

std::filesystem::path numbered(const std::filesystem::path& path, std::size_t n) {
  if (n == 1) return path;
  return path.parent_path() /
         fmt::format("{}-{}{}", path.stem().string(), n, path.extension().string());
}

}  // namespace

class SessionRecording::Writer {
 public:
  explicit Writer(SessionRecording& owner) : owner_(owner) {}

  void write(const ingest::Event& event) {
    if (const auto* start = std::get_if<ingest::ScanStarted>(&event)) begin(start->scan);
    if (const auto* frame = std::get_if<ingest::FrameArrived>(&event)) add(*frame);
    if (const auto* end = std::get_if<ingest::ScanEnded>(&event))
      if (file_ && end->scan_id == file_->scan_id()) close();
  }

  void close() {
    if (!file_) return;
    const std::string note = file_->note();
    const auto path = file_->path();
    if (file_->projections() == 0) {
      file_.reset();
      return;
    }
    auto finished = file_->finish();
    file_.reset();
    if (finished) finished = write_sidecar_of(path, note);
    std::lock_guard lock(owner_.mutex_);
    if (!finished) {
      owner_.state_.problem = finished.error().message;
      return;
    }
    owner_.state_.files.push_back(path);
    owner_.state_.note = note;
  }

 private:
  void begin(const ingest::ScanInfo& scan) {
    if (file_ && file_->scan_id() == scan.scan_id) return;
    close();
    const std::size_t number = owner_.state().files.size() + 1;
    const auto path = numbered(owner_.options_.path, number);
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
      fail({Errc::already_exists, path.string() + " exists already; choose another name"});
      return;
    }
    auto file = RecordingFile::create(path, scan);
    if (!file) return fail(file.error());
    file_.emplace(*std::move(file));
  }

  void add(const ingest::FrameArrived& frame) {
    using Outcome = RecordingFile::Outcome;
    const bool failed = !owner_.state().problem.empty();
    Result<Outcome> done = Outcome::wrong_scan;
    if (file_ && !failed) done = file_->write(frame);
    if (!done) fail(done.error());
    std::lock_guard lock(owner_.mutex_);
    State& state = owner_.state_;
    if (failed || !done) {
      ++state.dropped_failed;
      return;
    }
    switch (*done) {
      case Outcome::wrong_scan: ++state.dropped_wrong_scan; return;
      case Outcome::bad_size: ++state.dropped_bad_size; return;
      case Outcome::no_angle: ++state.dropped_no_angle; return;
      case Outcome::written: break;
    }
    ++(frame.kind == ingest::FrameKind::dark   ? state.darks
       : frame.kind == ingest::FrameKind::flat ? state.flats
                                               : state.projections);
    state.bytes += frame.pixels->size();
  }

  void fail(const Error& error) {
    file_.reset();
    std::lock_guard lock(owner_.mutex_);
    if (owner_.state_.problem.empty()) owner_.state_.problem = error.message;
  }

  Result<void> write_sidecar_of(const std::filesystem::path& path, const std::string& note) {
    nlohmann::ordered_json sidecar = nlohmann::ordered_json::object();
    if (owner_.options_.describe) {
      auto described = nlohmann::ordered_json::parse(owner_.options_.describe(), nullptr, false);
      if (described.is_object()) sidecar = std::move(described);
    }
    const State state = owner_.state();
    sidecar["recording"] = {{"written_at", iso_time(now_ns())},
                            {"file", path.filename().string()},
                            {"projections", state.projections},
                            {"darks", state.darks},
                            {"flats", state.flats},
                            {"dropped_queue_full", state.dropped_queue_full},
                            {"dropped_wrong_scan", state.dropped_wrong_scan},
                            {"dropped_bad_size", state.dropped_bad_size},
                            {"dropped_no_angle", state.dropped_no_angle},
                            {"note", note}};
    const std::string text =
        sidecar.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    return io::write_whole_file(path.string() + ".json", std::as_bytes(std::span(text)));
  }

  SessionRecording& owner_;
  std::optional<RecordingFile> file_;
};

SessionRecording::SessionRecording(Options options) : options_(std::move(options)) {}

Result<std::unique_ptr<SessionRecording>> SessionRecording::start(Options options) {
  const auto& path = options.path;
  if (path.extension() != ".h5" && path.extension() != ".hdf5")
    return Error{Errc::invalid_argument,
                 "'" + path.string() + "': recordings are HDF5 files; end the name in .h5"};
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    return Error{Errc::already_exists, path.string() + " exists already; choose another name"};
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (!std::filesystem::is_directory(folder, ignored))
    return Error{Errc::not_found, folder.string() + ": the folder does not exist; create it first"};
  std::unique_ptr<SessionRecording> made(new SessionRecording(std::move(options)));
  made->state_.running = true;
  made->writer_ = std::make_unique<Writer>(*made);
  made->thread_ = std::thread([recording = made.get()] { recording->run(); });
  return made;
}

SessionRecording::~SessionRecording() {
  // Whoever wants to know how it ended calls finish() first.
  [[maybe_unused]] const auto ended = finish();
}

void SessionRecording::offer(ingest::Event event) {
  const auto* frame = std::get_if<ingest::FrameArrived>(&event);
  const std::size_t bytes = frame && frame->pixels ? frame->pixels->size() : 0;
  {
    std::lock_guard lock(mutex_);
    if (closing_ || !state_.problem.empty()) {
      if (frame) ++state_.dropped_failed;
      return;
    }
    if (frame &&
        (queued_frames_ == options_.queue_frames || queued_bytes_ + bytes > options_.queue_bytes)) {
      ++state_.dropped_queue_full;
      return;
    }
    if (!frame && queue_.size() >= options_.queue_frames + kMostMarks) return;
    queued_frames_ += frame ? 1 : 0;
    queued_bytes_ += bytes;
    queue_.push_back(std::move(event));
  }
  changed_.notify_one();
}

void SessionRecording::run() {
  name_thread("record");
  for (;;) {
    ingest::Event event;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) break;
      event = std::move(queue_.front());
      queue_.pop_front();
    }
    writer_->write(event);
    // Freed only now: what is being written still is memory in use.
    if (const auto* frame = std::get_if<ingest::FrameArrived>(&event)) {
      std::lock_guard lock(mutex_);
      --queued_frames_;
      queued_bytes_ -= frame->pixels ? frame->pixels->size() : 0;
    }
  }
  writer_->close();
}

Result<void> SessionRecording::finish() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  state_.running = false;
  if (!state_.problem.empty()) return Error{Errc::io, state_.problem};
  if (state_.files.empty())
    return Error{Errc::not_found,
                 "no projection came while recording, so there is no file; start the scan first"};
  return {};
}

SessionRecording::State SessionRecording::state() const {
  std::lock_guard lock(mutex_);
  State state = state_;
  state.waiting = queued_frames_;
  return state;
}

}  // namespace slicecast::viewer
