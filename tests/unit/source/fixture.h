// What the source tests share: settings from pairs, streams into memory, a scratch folder.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/ingest/frame_source.h"
#include "services/source/source_service.h"

namespace slicecast::source::test {

using Given = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::chrono::milliseconds kHang{60000};  // only a hang gets there

// Options of the source and the common ones; a small noisy scan unless told otherwise.
config::Settings settings(const Given& given);
config::Settings small_scan(Given given = {});

std::filesystem::path recorded(const std::string& name);  // a file of the test data

// What arrives when a streamer with these settings runs over a real link to a native source.
struct Received {
  std::vector<ingest::ScanInfo> scans;
  std::vector<ingest::FrameArrived> frames;
  std::vector<ingest::ScanEnded> ends;
  metrics::LedgerSnapshot sent;
};
Received streamed(const config::Settings& settings);
std::size_t count(const Received& received, ingest::FrameKind kind);
std::vector<std::uint64_t> projection_ids(const Received& received);
bool same_pixels(const ConstBufferPtr& a, const ConstBufferPtr& b);

class Scratch;
// A file with the vectors of a cone scan over a full turn: SOD 40, SDD 60, pixel 0.5.
std::string vectors_file(const Scratch& scratch, int projections);

class Scratch {
 public:
  Scratch();
  ~Scratch();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace slicecast::source::test
