#include "viewer/link/session_recorder.h"

#include <utility>

#include "common/base/thread_name.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer {

Result<std::unique_ptr<SessionRecorder>> SessionRecorder::start(
    std::shared_ptr<wire::Context> context, Options options) {
  if (options.address.empty())
    return Error{
        Errc::invalid_argument,
        "the source offers no native raw link; recording needs one (raw, not raw_recastx)"};
  auto recording = SessionRecording::start(std::move(options.recording));
  if (!recording) return recording.error();
  std::unique_ptr<SessionRecorder> made(new SessionRecorder);
  made->context_ = std::move(context);
  made->recording_ = *std::move(recording);
  ingest::NativeOptions native;
  native.name = options.name;
  native.address = options.address;
  native.server_key = options.server_key;
  made->source_ = ingest::make_native_source(*made->context_, std::move(native));
  made->thread_ = std::jthread([recorder = made.get()](std::stop_token stop) {
    name_thread("record link");
    constexpr std::chrono::milliseconds kLook{200};  // at the stop token
    while (!stop.stop_requested())
      if (auto event = recorder->source_->take(kLook)) {
        note_job(Job::network);
        recorder->recording_->offer(*std::move(event));
      }
  });
  return made;
}

SessionRecorder::~SessionRecorder() {
  // Whoever wants to know how it ended calls finish() first.
  [[maybe_unused]] const auto ended = finish();
}

void SessionRecorder::connect(const std::string& address, const std::string& server_key) {
  source_->connect(address, server_key);
}

Result<void> SessionRecorder::finish() {
  thread_.request_stop();
  source_->stop();
  if (thread_.joinable()) thread_.join();
  return recording_->finish();
}

SessionRecorder::State SessionRecorder::state() const {
  State state;
  state.recording = recording_->state();
  state.link = source_->state();
  for (const std::uint64_t dropped : source_->counts().dropped) state.refused += dropped;
  return state;
}

}  // namespace slicecast::viewer
