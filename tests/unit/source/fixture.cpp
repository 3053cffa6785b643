#include "tests/unit/source/fixture.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <numbers>

#include "common/config/program.h"
#include "common/ingest/native_source.h"
#include "services/source/options.h"

namespace slicecast::source::test {

config::Settings settings(const Given& given) {
  config::Settings made(config::with_common(source_options(), "source"));
  for (const auto& [name, text] : given) {
    const auto set = made.set_text(name, text);
    if (!set) FAIL(set.error().message);
  }
  return made;
}

config::Settings small_scan(Given given) {
  Given all{{"rows", "12"},        {"columns", "20"}, {"scans", "1"}, {"projections", "16"},
            {"frame_time", "0.1"}, {"darks", "2"},    {"flats", "3"}, {"rate", "0"}};
  all.insert(all.end(), given.begin(), given.end());
  return settings(all);
}

std::filesystem::path recorded(const std::string& name) {
  const char* folder = std::getenv("SLICECAST_TEST_DATA");
  return std::filesystem::path(folder != nullptr ? folder : SLICECAST_DEFAULT_TEST_DATA) / name;
}

Received streamed(const config::Settings& with) {
  auto context = wire::Context::create({});
  REQUIRE(context);
  auto content = make_content(with);
  if (!content) FAIL(content.error().message);
  auto options = streamer_options(with, **content, 0x1234);
  if (!options) FAIL(options.error().message);
  NativeSenderOptions native;
  native.bind = {"tcp://127.0.0.1:0"};
  native.instance = 1;
  auto sender = make_native_sender(**context, native);
  REQUIRE(sender);
  ingest::NativeOptions link;
  link.name = "test";
  link.address = (*sender)->addresses().front();
  auto source = ingest::make_native_source(**context, link);

  auto ledger = std::make_shared<metrics::Ledger>("frames");
  Streamer streamer(*std::move(content), *std::move(sender), *options, ledger);
  streamer.start();
  Received received;
  const std::uint64_t scans = options->continues ? 1 : options->passes;
  while (received.ends.size() < scans) {
    auto event = source->take(kHang);
    if (!event) FAIL("the stream ended early: " << streamer.status().failure);
    if (auto* start = std::get_if<ingest::ScanStarted>(&*event))
      received.scans.push_back(std::move(start->scan));
    else if (auto* frame = std::get_if<ingest::FrameArrived>(&*event))
      received.frames.push_back(std::move(*frame));
    else
      received.ends.push_back(std::get<ingest::ScanEnded>(*std::move(event)));
  }
  REQUIRE(streamer.wait_until_done(kHang));
  received.sent = ledger->snapshot();
  return received;
}

std::size_t count(const Received& received, ingest::FrameKind kind) {
  std::size_t found = 0;
  for (const auto& frame : received.frames) found += frame.kind == kind;
  return found;
}

std::vector<std::uint64_t> projection_ids(const Received& received) {
  std::vector<std::uint64_t> ids;
  for (const auto& frame : received.frames)
    if (frame.kind == ingest::FrameKind::projection) ids.push_back(frame.id);
  return ids;
}

bool same_pixels(const ConstBufferPtr& a, const ConstBufferPtr& b) {
  return a->size() == b->size() && std::memcmp(a->data(), b->data(), a->size()) == 0;
}

std::string vectors_file(const Scratch& scratch, int projections) {
  geometry::ScanGeometry g;
  g.beam = geometry::Beam::cone;
  g.rows = 12;
  g.columns = 20;
  g.pixel_mm = 0.5;
  g.source_axis_mm = 40;
  g.source_detector_mm = 60;
  const auto path = scratch.path() / ("vectors-" + std::to_string(projections) + ".txt");
  std::ofstream file(path);
  file.precision(17);
  for (int i = 0; i < projections; ++i) {
    const auto at = geometry::projection_at(g, 2 * std::numbers::pi * i / projections);
    for (const double number : geometry::to_astra(at).v) file << number << ' ';
    file << '\n';
  }
  return path.string();
}

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "source-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace slicecast::source::test
