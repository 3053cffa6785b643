// The same scan twice: streamed through real processes, and reconstructed offline from a file.
#include <cmath>

#include "common/offline/filtered_scan.h"
#include "common/wire/pose.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_stack.h"
#include "services/cli/fetch.h"

namespace slicecast::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kStreamProjections = 60, kWindows = 11, kStreamSize = 192;

double relative_rmse(ImageView<const float> image, const float* reference) {
  double error = 0, power = 0;
  for (int r = 0; r < image.rows; ++r)
    for (const float value : image.row(r)) {
      error += std::pow(static_cast<double>(value) - *reference, 2);
      power += std::pow(static_cast<double>(*reference++), 2);
    }
  return std::sqrt(error / power);
}

// A moving sample with noise, ten windows beyond the first; the same frames bit for bit each time.
std::vector<std::string> simulation(int rate) {
  return {"--rows",        "64",
          "--columns",     "224",
          "--projections", std::to_string(kStreamProjections),
          "--scans",       std::to_string(kWindows),
          "--seed",        "7",
          "--frame-time",  "0.03",
          "--rate",        std::to_string(rate)};
}

Result<void> write_scan(const std::filesystem::path& path) {
  ChildSpec spec{"source", {(program_folder() / "slicecast-source").string()}};
  for (const auto& word : simulation(0)) spec.arguments.push_back(word);
  for (const auto& word :
       {std::string("--log-level"), std::string("error"), std::string("--write"), path.string()})
    spec.arguments.push_back(word);
  auto writer = ChildProcess::start(spec);
  if (!writer) return writer.error();
  if (const Ending ending = writer->wait(); ending.exit_code != 0 || ending.signal != 0)
    return Error{Errc::io, "slicecast-source --write ended with " + ending.text()};
  return {};
}

// The slice once it holds the last projection of the scan, and the projections that it took by
// refreshes since it was last summed afresh.
struct Streamed {
  FetchedImage image;
  std::uint64_t refreshed = 0;
};

Result<Streamed> last_image(wire::FeedConsumer& feed) {
  constexpr std::uint64_t kLast = kStreamProjections * kWindows - 1;
  const auto end = std::chrono::steady_clock::now() + seconds(60);
  std::uint64_t afresh = 0;
  while (std::chrono::steady_clock::now() < end) {
    const auto message = feed.take(milliseconds(500));
    if (!message || !message->header.has_slice()) continue;
    const auto& slice = message->header.slice();
    const auto newest = slice.stamp().newest_projection();
    if (slice.rebuilt()) afresh = newest;
    if (newest != kLast || slice.stale()) continue;
    auto image = image_of(*message);
    if (!image) return image.error();
    return Streamed{*std::move(image), newest - afresh};
  }
  return Error{Errc::deadline_exceeded, "the last projection did not reach the slice within 60 s"};
}

Result<std::vector<float>> offline_slice(const std::filesystem::path& path,
                                         const geometry::Pose& pose) {
  const auto file = io::ScanFile::open(path);
  if (!file) return file.error();
  const auto frames = offline::frames_of(*file);
  if (!frames) return frames.error();
  offline::Options options;
  options.extent = offline::Extent::newest;
  const auto scan = offline::filter_scan(*frames, options);
  if (!scan) return scan.error();
  std::vector<float> slice(std::size_t{kStreamSize} * kStreamSize);
  offline::reconstruct(*scan, geometry::grid_of(pose, kStreamSize, kStreamSize), slice.data());
  return slice;
}

struct Comparison {
  double against_rebuild = 0, against_offline = 0;
  std::uint64_t refreshed = 0;
};

Result<Comparison> stream(int rate) {
  auto stack = BenchStack::start();
  if (!stack) return stack.error();
  const auto path = (*stack)->folder() / "scan.h5";
  if (auto ok = write_scan(path); !ok) return ok.error();
  const auto server =
      (*stack)->add("slice", 1,
                    {"--feed-port", "0", "--rebuild-interval", "0", "--refresh-hz", "200",
                     "--slices", "xy@0", "--slice-size", std::to_string(kStreamSize)});
  if (!server) return server.error();
  if (const auto made = (*stack)->add("projection", 1, {"--bulk-port", "0", "--feed-port", "0"});
      !made)
    return made.error();
  Client& client = (*stack)->client();
  wire::FeedConsumer::Options wanted;
  wanted.name = "bench";
  wanted.address = wire::link_address(*server, "feed");
  v1::Subscription slices;
  slices.set_prefix("slice/");
  wanted.subscriptions = {slices};
  const auto feed = wire::FeedConsumer::create(client.context(), wanted);
  auto options = simulation(rate);
  options.insert(options.end(), {"--bulk-port", "0"});
  if (const auto made = (*stack)->add("source", 1, options); !made) return made.error();

  const auto streamed = last_image(*feed);
  if (!streamed) return streamed.error();
  const v1::SliceImage& header = streamed->image.header;
  const geometry::Pose pose = wire::pose_of(header);
  auto fetcher = SliceFetcher::create(client, *server);
  if (!fetcher) return fetcher.error();
  const auto rebuilt = (*fetcher)->fetch(pose, kStreamSize, kStreamSize, 1, {}, seconds(30));
  if (!rebuilt) return rebuilt.error();
  const auto offline = offline_slice(path, pose);
  if (!offline) return offline.error();

  return Comparison{relative_rmse(streamed->image.plane(0), rebuilt->pixels->as<float>()),
                    relative_rmse(rebuilt->plane(0), offline->data()), streamed->refreshed};
}

}  // namespace

Measurements bench_streaming(const BenchContext&) {
  // A slice that falls half a window behind is summed afresh, rightly, and then shows nothing about
  // refreshes: a machine that is busy gets the scan more slowly.
  for (const int rate : {300, 100, 40}) {
    const auto found = stream(rate);
    if (!found) return found.error();
    if (found->refreshed < (kWindows - 2) * kStreamProjections) continue;
    const std::string work =
        "192x192 slice, 60 noisy parallel projections of 64x224 per window, moving sample, half "
        "store, rebuilds off";
    return std::vector<Measurement>{
        {.name = "accuracy.difference_refresh",
         .value = found->against_rebuild,
         .work = work,
         .detail = std::to_string(found->refreshed) + " projections since it was summed afresh"},
        {.name = "accuracy.streaming_against_reconstruct",
         .value = found->against_offline,
         .work = work,
         .detail = "all services against the file of the same scan"}};
  }
  return Error{
      Errc::unavailable,
      "the slice fell behind at 40 projections/s and was summed afresh; end other programs"};
}

}  // namespace slicecast::cli
