// One file of a session recording: frames of one scan into Data Exchange HDF5. Used by the writing
// thread of SessionRecording only.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/ingest/frame_event.h"
#include "common/io/data_exchange_writer.h"

namespace slicecast::viewer {

class RecordingFile {
 public:
  enum class Outcome : std::uint8_t { written, wrong_scan, bad_size, no_angle };

  // Appears at `path` only with finish().
  static Result<RecordingFile> create(const std::filesystem::path& path,
                                      const ingest::ScanInfo& scan);
  // An error is one of the disk.
  Result<Outcome> write(const ingest::FrameArrived& frame);
  Result<void> finish();

  const std::string& scan_id() const { return scan_.scan_id; }
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t projections() const { return projections_; }
  // What a replay needs beside the file; empty: nothing.
  std::string note() const;

 private:
  RecordingFile(std::filesystem::path path, ingest::ScanInfo scan, io::DataExchangeWriter writer)
      : path_(std::move(path)), scan_(std::move(scan)), writer_(std::move(writer)) {}
  std::filesystem::path path_;
  ingest::ScanInfo scan_;
  io::DataExchangeWriter writer_;
  std::uint64_t projections_ = 0, darks_ = 0, flats_ = 0;
};

}  // namespace slicecast::viewer
