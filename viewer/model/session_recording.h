// Records raw frames as a Data Exchange HDF5 file that slicecast-source replays as it is, with a
// JSON sidecar (FILE.json) of scene, provenance (with the parameters) and counts. One file per
// scan: a scan that follows goes to NAME-2.h5, NAME-3.h5 ...
//
// offer() is for the thread that takes from the link and never blocks: what the bounded queue has
// no room for is dropped and counted. A thread of this object named "record" writes. Files appear
// whole when their scan ends or at finish(); a full disk ends the recording with what was written
// so far thrown away, and says so in state().
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/ingest/frame_event.h"

namespace slicecast::viewer {

class SessionRecording {
 public:
  struct Options {
    std::filesystem::path path;                        // .h5; must not exist
    std::size_t queue_bytes = std::size_t{256} << 20;  // pixels that may wait for the disk
    std::size_t queue_frames = 4096;
    // Called by the writing thread when a file is finished; gives what goes into the sidecar, as
    // session_description() does. Empty: none.
    std::function<std::string()> describe;
  };
  struct State {
    bool running = false;
    std::uint64_t projections = 0, darks = 0, flats = 0;  // written, of all files
    std::uint64_t bytes = 0;
    std::uint64_t dropped_queue_full = 0;  // the disk is slower than the scan
    std::uint64_t dropped_wrong_scan = 0;  // frames of a scan that was not announced
    std::uint64_t dropped_bad_size = 0;    // frames that differ in size or type from their scan
    std::uint64_t dropped_no_angle = 0;
    std::uint64_t dropped_failed = 0;          // offered after an error
    std::size_t waiting = 0;                   // frames in the queue
    std::vector<std::filesystem::path> files;  // finished
    std::string problem;                       // one line with the remedy; empty: all is well
    std::string note;  // e.g. that no flats were seen: replaying needs incident_counts
  };

  // Refuses a path that exists, whose folder does not, or that does not end in .h5 or .hdf5.
  static Result<std::unique_ptr<SessionRecording>> start(Options options);
  ~SessionRecording();  // finish()

  // From one thread. Scan starts and ends are never dropped.
  void offer(ingest::Event event);
  // Writes what waits, finishes the file, joins. An error is the one of state().
  Result<void> finish();
  State state() const;  // any thread

 private:
  class Writer;
  explicit SessionRecording(Options options);
  void run();

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ingest::Event> queue_;
  std::size_t queued_bytes_ = 0, queued_frames_ = 0;
  bool closing_ = false;
  State state_;
  std::unique_ptr<Writer> writer_;  // of the writing thread
  std::thread thread_;
};

}  // namespace slicecast::viewer
