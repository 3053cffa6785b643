#include "services/cli/demo_labels.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "common/io/image_file.h"
#include "services/cli/display.h"
#include "services/cli/fetch.h"

namespace slicecast::cli {
namespace {

constexpr const char* kSegmentPlugin = "segment";
constexpr std::chrono::milliseconds kLabelTake{200};
constexpr double kOpacity = 0.45;

using Colour = std::array<double, 3>;

std::map<std::uint8_t, Colour> colours_of(const v1::LabelImage& labels) {
  std::map<std::uint8_t, Colour> colours;
  for (const auto& of : labels.classes()) {
    if (of.index() > 255 || (labels.has_unlabelled() && of.index() == labels.unlabelled()))
      continue;
    Colour colour;
    for (int channel = 0; channel < 3; ++channel)
      colour[static_cast<std::size_t>(channel)] =
          static_cast<double>((of.colour_rgb() >> (16 - 8 * channel)) & 0xFF);
    colours[static_cast<std::uint8_t>(of.index())] = colour;
  }
  return colours;
}

Result<ImageView<const std::uint8_t>> label_view(const wire::FeedMessage& message) {
  const auto& pixels = message.header.pixels();
  if (pixels.type() != v1::UINT8 || pixels.shape_size() != 2 || !message.pixels ||
      message.pixels->size() < pixels.shape(0) * pixels.shape(1) || pixels.shape(0) < 1 ||
      pixels.shape(1) < 1)
    return Error{Errc::malformed, message.header.key() + " has no 8-bit labels of two dimensions"};
  return ImageView<const std::uint8_t>(message.pixels->as<std::uint8_t>(),
                                       static_cast<int>(pixels.shape(0)),
                                       static_cast<int>(pixels.shape(1)));
}

// Row 0 of a slice is its lowest; pictures begin at the top.
std::vector<std::uint8_t> overlay(ImageView<const float> image,
                                  ImageView<const std::uint8_t> labels,
                                  const std::map<std::uint8_t, Colour>& colours) {
  const auto range = display_range(image);
  std::vector<std::uint8_t> drawn;
  drawn.reserve(3 * static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns));
  for (int r = image.rows - 1; r >= 0; --r) {
    const auto values = image.row(r);
    const auto row = labels.row(r * labels.rows / image.rows);
    for (int c = 0; c < image.columns; ++c) {
      const double share =
          (static_cast<double>(values[static_cast<std::size_t>(c)]) - range.black) /
          (range.white - range.black);
      const double grey = share > 0 ? 255 * std::min(share, 1.0) : 0;  // also where it is no number
      const auto at = static_cast<std::size_t>(c * labels.columns / image.columns);
      const auto colour = colours.find(row[at]);
      for (std::size_t channel = 0; channel < 3; ++channel)
        drawn.push_back(static_cast<std::uint8_t>(
            0.5 + (colour == colours.end()
                       ? grey
                       : (1 - kOpacity) * grey + kOpacity * colour->second[channel])));
    }
  }
  return drawn;
}

}  // namespace

Result<std::unique_ptr<DemoLabels>> DemoLabels::create(wire::Context& context,
                                                       const std::string& hub) {
  std::unique_ptr<DemoLabels> made(new DemoLabels);
  made->shown_ns_ = steady_now_ns();
  wire::FeedConsumer::Options options;
  options.name = "demo";
  options.subscriptions.emplace_back().set_prefix(std::string("labels/") + kSegmentPlugin + "/");
  made->feed_ = wire::FeedConsumer::create(context, options);
  auto follower = wire::Follower::create(
      context, hub, kSegmentPlugin, "feed",
      [feed = made->feed_.get()](const std::string& address, const std::string& key,
                                 std::uint64_t) { feed->connect(address, key); });
  if (!follower) return follower.error();
  made->follower_ = *std::move(follower);
  made->receiving_ =
      std::jthread([it = made.get()](const std::stop_token& stop) { it->receive(stop); });
  return made;
}

DemoLabels::~DemoLabels() {
  request_stop();
}

void DemoLabels::request_stop() {
  receiving_.request_stop();
  if (feed_) feed_->stop();
}

void DemoLabels::receive(const std::stop_token& stop) {
  name_thread("demo-labels");
  while (!stop.stop_requested())
    if (const auto message = feed_->take(kLabelTake))
      labelled_.add_labels(*message, steady_now_ns());
}

void DemoLabels::add_slice(const wire::FeedMessage& message) {
  labelled_.add_slice(message, steady_now_ns());
}

std::string DemoLabels::line() {
  const auto now = steady_now_ns();
  const auto labels = labelled_.labels_received();
  const double seconds = std::max(1e-9 * static_cast<double>(now - shown_ns_), 1e-3);
  char text[80];
  std::snprintf(text, sizeof text, "%.1f labels/s",
                static_cast<double>(labels - shown_labels_) / seconds);
  std::string line = text;
  shown_labels_ = labels;
  shown_ns_ = now;
  auto latencies = labelled_.take_latencies_ms();
  if (!latencies.empty()) {
    const auto middle = latencies.begin() + static_cast<std::ptrdiff_t>(latencies.size() / 2);
    std::ranges::nth_element(latencies, middle);
    std::snprintf(text, sizeof text, " %.1f ms after their slice", *middle);
    line += text;
  }
  const auto newest = labelled_.newest();
  for (const auto& [name, share] : class_fractions(newest)) {
    std::snprintf(text, sizeof text, ", %.20s %.1f %%", name.c_str(), 100 * share);
    line += text;
  }
  for (const auto& [id, slice] : newest) {
    const v1::LabelImage& of = slice.labels.header.labels();
    if (of.outside_trained_scale()) line += ", outside trained scale";
    if (!of.warning().empty()) line += ", " + of.warning();
    if (of.outside_trained_scale() || !of.warning().empty()) break;
  }
  return line;
}

Result<std::vector<std::filesystem::path>> write_overlays(
    const std::map<std::string, LabelledSlice>& slices, const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& [id, slice] : slices) {
    const auto image = image_of(slice.slice);
    if (!image) return image.error();
    const auto labels = label_view(slice.labels);
    if (!labels) return labels.error();
    const auto& header = slice.labels.header.labels();
    const auto drawn = overlay(image->plane(0), *labels, colours_of(header));
    paths.push_back(folder / (id + "-labels.png"));
    const std::string provenance = "slicecast demo, slice " + id + " with labels of " +
                                   header.model() + ", scan " + header.input().scan_id();
    if (auto ok = io::write_colours(paths.back(), drawn, image->rows, image->columns, provenance);
        !ok)
      return ok.error();
  }
  if (paths.empty())
    return Error{Errc::unavailable, "no labels came in time; give the demo more --seconds"};
  return paths;
}

}  // namespace slicecast::cli
