// Recording of the session: starts on the source's raw link, finishes on the background thread.
#include <fmt/format.h>

#include "common/base/clock.h"
#include "common/wire/directory.h"
#include "viewer/model/provenance.h"
#include "viewer/panels/panel_tools.h"

namespace slicecast::viewer {

SessionRecorder::State PanelTools::recording_state() const {
  return recorder_ ? recorder_->state() : SessionRecorder::State{};
}

void PanelTools::start_recording() {
  const ServiceReport* source = session_.report ? session_.report->of_kind("source") : nullptr;
  if (source == nullptr || !session_.link)
    return session_.say("no source is there to record from; start one");
  description_ = std::make_shared<Description>();
  described_ns_ = 0;
  SessionRecorder::Options options;
  options.name = session_.slices.client() + "-record";
  options.address = wire::link_address(source->service, "raw");
  options.server_key = source->service.public_key();
  options.recording.path = folder_ / fmt::format("recording-{}.h5", file_time(slicecast::now_ns()));
  options.recording.describe = [described = description_] {
    std::lock_guard lock(described->mutex);
    return described->text;
  };
  auto started = SessionRecorder::start(session_.link->context(), std::move(options));
  if (!started) return session_.say(started.error().message);
  recorder_ = *std::move(started);
  recorded_source_ = source->service.name();
  recorded_instance_ = source->service.instance();
  session_.say("recording");
}

// A source that is started again has other addresses and, perhaps, another name.
void PanelTools::follow_recorded_source() {
  if (!session_.report) return;
  const ServiceReport* source = session_.report->named(recorded_source_);
  if (source == nullptr) source = session_.report->of_kind("source");
  if (source == nullptr || source->service.instance() == recorded_instance_) return;
  const std::string address = wire::link_address(source->service, "raw");
  if (address.empty()) return;
  recorded_source_ = source->service.name();
  recorded_instance_ = source->service.instance();
  recorder_->connect(address, source->service.public_key());
}

void PanelTools::describe_session() {
  auto text = session_description(session_provenance(*session_.facts(), slicecast::now_ns()),
                                  session_.slices.slices(), session_.length_unit());
  std::lock_guard lock(description_->mutex);
  description_->text = std::move(text);
}

void PanelTools::stop_recording() {
  if (!recorder_) return;
  describe_session();
  // The job lets go of the recorder, because the link that it uses may end before the job is heard
  // of.
  const auto held =
      std::make_shared<std::shared_ptr<SessionRecorder>>(std::exchange(recorder_, nullptr));
  const auto job = [held]() -> std::string {
    const auto recorder = std::exchange(*held, nullptr);
    const auto finished = recorder->finish();
    if (!finished) return finished.error().message;
    const auto state = recorder->state().recording;
    if (state.files.empty()) return "nothing was recorded: no scan was announced";
    return fmt::format("recorded {} projections to {}{}{}", state.projections,
                       state.files.back().string(), state.note.empty() ? "" : "; ", state.note);
  };
  if (!background_.run(job, [this](const std::string& text) { session_.say(text); })) {
    recorder_ = *held;
    session_.say("too many files wait for the disk; try again");
  }
}

}  // namespace slicecast::viewer
