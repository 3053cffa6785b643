#include "services/cli/bench_slice_feed.h"

#include <cmath>
#include <condition_variable>
#include <mutex>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "common/config/program.h"
#include "common/wire/pixel_parts.h"

namespace slicecast::cli {
namespace {

constexpr int kTurns = 2;
constexpr double kSideMm = 2;
// The planes through the middle: xy, xz, yz.
constexpr double kAxes[BenchSliceFeed::kSlices][2][3] = {
    {{1, 0, 0}, {0, 1, 0}}, {{1, 0, 0}, {0, 0, 1}}, {{0, 1, 0}, {0, 0, 1}}};

std::string id_of(int slice) {
  return "s" + std::to_string(slice + 1);
}

ConstBufferPtr waves(int side, int slice, int turn) {
  auto buffer = Buffer::allocate(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) *
                                 sizeof(float));
  std::vector<float> wave(static_cast<std::size_t>(side));
  for (std::size_t i = 0; i < wave.size(); ++i)
    wave[i] = std::sin(0.02F * static_cast<float>(i) + static_cast<float>(slice + kTurns * turn));
  float* out = buffer->as<float>();
  for (const float along2 : wave)
    for (const float along1 : wave) *out++ = 0.02F + 0.01F * along1 * along2;
  return buffer;
}

void set_vector(const double (&direction)[3], double length, v1::Vec3* vector) {
  vector->set_x_mm(length * direction[0]);
  vector->set_y_mm(length * direction[1]);
  vector->set_z_mm(length * direction[2]);
}

template <class Message>  // SliceImage or SceneSlice
void set_pose(int slice, Message* message) {
  const auto& [first, second] = kAxes[slice];
  set_vector(first, kSideMm, message->mutable_axis1());
  set_vector(second, kSideMm, message->mutable_axis2());
  const double middle[3] = {first[0] + second[0], first[1] + second[1], first[2] + second[2]};
  set_vector(middle, -0.5 * kSideMm, message->mutable_base());
}

}  // namespace

BenchSliceFeed::BenchSliceFeed(Options options)
    : options_(options), instance_(wire::new_instance()) {
  for (int turn = 0; turn < kTurns; ++turn)
    for (int slice = 0; slice < kSlices; ++slice)
      images_.push_back(waves(options_.side, slice, turn));
}

Result<std::unique_ptr<BenchSliceFeed>> BenchSliceFeed::start(wire::Context& context,
                                                              const std::string& hub,
                                                              Options options) {
  std::unique_ptr<BenchSliceFeed> feed(new BenchSliceFeed(options));
  if (auto opened = feed->open(context, hub); !opened) return opened.error();
  return feed;
}

Result<void> BenchSliceFeed::open(wire::Context& context, const std::string& hub) {
  config::Settings settings(config::common_options("slice"));
  const std::pair<const char*, std::string> wanted[] = {
      {"hub", hub}, {"control_port", "0"}, {"metrics_port", "-1"}};
  for (const auto& [option, value] : wanted)
    if (auto set = settings.set_text(option, value); !set) return set.error();
  auto feed = wire::FeedProducer::create(
      context, {settings.text("name"), service::bind_addresses(settings, "feed", 0), instance_});
  if (!feed) return feed.error();
  feed_ = *std::move(feed);
  publish_scene();
  service::ServiceFrame::Options frame{.kind = "slice", .settings = settings};
  v1::Link link;
  link.set_name("feed");
  for (const auto& address : feed_->addresses()) link.add_addresses(address);
  frame.links = {link};
  frame.feeds = {"slice/", "scene"};
  auto framed = service::ServiceFrame::create(context, instance_, std::move(frame));
  if (!framed) return framed.error();
  frame_ = *std::move(framed);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  return {};
}

BenchSliceFeed::~BenchSliceFeed() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
}

void BenchSliceFeed::publish_scene() {
  v1::FeedHeader header;
  v1::Scene* scene = header.mutable_scene();
  scene->set_revision(1);
  for (int slice = 0; slice < kSlices; ++slice) {
    v1::SceneSlice* entry = scene->add_slices();
    entry->set_id(id_of(slice));
    entry->set_name(id_of(slice));
    set_pose(slice, entry);
    entry->set_rows(static_cast<std::uint32_t>(options_.side));
    entry->set_columns(static_cast<std::uint32_t>(options_.side));
    entry->set_pose_revision(1);
  }
  feed_->publish("scene", std::move(header), nullptr);
}

void BenchSliceFeed::publish_slice(int slice, std::uint64_t turn) {
  v1::FeedHeader header;
  const auto side = static_cast<std::size_t>(options_.side);
  *header.mutable_pixels() = wire::pixel_format(PixelType::f32, {side, side});
  header.set_version(turn + 1);
  v1::SliceImage* image = header.mutable_slice();
  v1::Stamp* stamp = image->mutable_stamp();
  stamp->set_scan_id("waves");
  stamp->set_instance(instance_);
  stamp->set_slice_id(id_of(slice));
  stamp->set_pose_revision(1);
  stamp->set_version(turn + 1);
  stamp->set_newest_projection(turn + 1);
  stamp->set_acquired_ns(now_ns());
  set_pose(slice, image);
  image->set_projections(1);
  image->set_value_unit("1/mm");
  const auto which = static_cast<std::size_t>(turn % kTurns) * kSlices;
  feed_->publish("slice/" + id_of(slice), std::move(header),
                 images_[which + static_cast<std::size_t>(slice)]);
}

void BenchSliceFeed::run(const std::stop_token& stop) {
  name_thread("bench-feed");
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const std::chrono::duration<double> period(1 / options_.rate_hz);
  auto next = std::chrono::steady_clock::now();
  for (std::uint64_t turn = 0; !stop.stop_requested(); ++turn) {
    for (int slice = 0; slice < kSlices; ++slice) publish_slice(slice, turn);
    next += std::chrono::duration_cast<std::chrono::steady_clock::duration>(period);
    wake.wait_until(lock, stop, next, [] { return false; });
  }
}

}  // namespace slicecast::cli
