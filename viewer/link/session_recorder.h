// The link part of a session recording: a consumer of the source's native raw link that hands every
// frame to a SessionRecording. Owns a thread named "record link". It takes at once and drops by its
// own bounded queue, so that it never slows a source that waits for its consumers.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "common/ingest/native_source.h"
#include "viewer/model/session_recording.h"

namespace slicecast::viewer {

class SessionRecorder {
 public:
  struct Options {
    std::string name = "recorder";  // shown by the source
    std::string address;            // of the source's link "raw"
    std::string server_key;
    SessionRecording::Options recording;
  };
  struct State {
    SessionRecording::State recording;
    wire::LinkState link = wire::LinkState::connecting;
    std::uint64_t refused = 0;  // frames that the link dropped, for any reason
  };

  // Begins with the oldest frame that the source still has.
  static Result<std::unique_ptr<SessionRecorder>> start(std::shared_ptr<wire::Context> context,
                                                        Options options);
  ~SessionRecorder();

  // The source came back, perhaps elsewhere. Any thread.
  void connect(const std::string& address, const std::string& server_key);
  // Stops taking, writes what waits and finishes the file. May take as long as the disk needs: not
  // for the UI thread.
  Result<void> finish();
  State state() const;  // any thread

 private:
  SessionRecorder() = default;
  std::shared_ptr<wire::Context> context_;  // outlives all that uses it
  std::unique_ptr<SessionRecording> recording_;
  std::unique_ptr<ingest::FrameSource> source_;
  std::jthread thread_;
};

}  // namespace slicecast::viewer
