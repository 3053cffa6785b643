#include "services/cli/fetch.h"

#include <cmath>

#include "common/wire/pose.h"

namespace slicecast::cli {

ImageView<const float> FetchedImage::plane(int index) const {
  const auto plane_pixels = static_cast<std::ptrdiff_t>(rows) * columns;
  return {pixels->as<float>() + index * plane_pixels, rows, columns};
}

Result<FetchedImage> image_of(const wire::FeedMessage& message) {
  const v1::PixelFormat& format = message.header.pixels();
  const int dimensions = format.shape_size();
  if (format.type() != v1::FLOAT32 || !message.pixels || dimensions < 2 || dimensions > 3)
    return Error{Errc::malformed,
                 "the image " + message.header.key() +
                     " is no float32 image; are server and client of one version?"};
  FetchedImage image;
  if (dimensions == 3) image.planes = static_cast<int>(format.shape(0));
  image.rows = static_cast<int>(format.shape(dimensions - 2));
  image.columns = static_cast<int>(format.shape(dimensions - 1));
  std::uint64_t count = 1;
  for (const auto side : format.shape()) count *= side;
  if (count == 0 || count > format.bytes() || count * sizeof(float) != message.pixels->size())
    return Error{Errc::malformed, "the image " + message.header.key() +
                                      " has another size than its header says; fetch it again"};
  image.header = message.header.slice();
  image.pixels = message.pixels;
  return image;
}

Result<std::unique_ptr<SliceFetcher>> SliceFetcher::create(Client& client,
                                                           const v1::Service& service) {
  auto fetcher = std::unique_ptr<SliceFetcher>(new SliceFetcher);
  auto control = client.control(service);
  if (!control) return control.error();
  fetcher->control_ = *std::move(control);
  fetcher->request_deadline_ = client.timeout();
  wire::FeedConsumer::Options options;
  options.name = fetcher->control_->client_id();
  options.address = wire::link_address(service, "feed");
  options.server_key = service.public_key();
  if (options.address.empty())
    return Error{Errc::unsupported,
                 service.name() + " has no feed; give the slice server with --service"};
  v1::Subscription subscription;
  subscription.set_prefix("request/" + fetcher->control_->client_id() + "/");
  options.subscriptions = {subscription};
  fetcher->feed_ = wire::FeedConsumer::create(client.context(), options);
  return fetcher;
}

Result<FetchedImage> SliceFetcher::receive(const std::string& key,
                                           std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    const auto message = feed_->take(left);
    if (message && message->header.key() == key && !message->header.removed())
      return image_of(*message);
  }
  return Error{Errc::deadline_exceeded,
               "no image came within " + std::to_string(deadline.count()) +
                   " ms; see with 'slicecast status' whether a scan has been streamed, or raise "
                   "--wait"};
}

Result<FetchedImage> SliceFetcher::fetch(const geometry::Pose& pose, int rows, int columns,
                                         int planes, geometry::Vec3 plane_step,
                                         std::chrono::milliseconds deadline) {
  v1::Request request;
  auto& once = *request.mutable_reconstruct_once();
  const std::string key = "request/" + control_->client_id() + "/" + std::to_string(++requests_);
  once.set_key(key);
  wire::set_pose(pose, &once);
  wire::to_proto(plane_step, once.mutable_plane_step());
  once.set_rows(static_cast<std::uint32_t>(rows));
  once.set_columns(static_cast<std::uint32_t>(columns));
  once.set_planes(static_cast<std::uint32_t>(planes));
  if (const auto reply = control_->request(std::move(request), request_deadline_); !reply)
    return reply.error();
  auto image = receive(key, deadline);
  if (image) length_unit_ = image->header.value_unit() == "1/pixel" ? "px" : "mm";
  // The one-pixel probe for the field of view is content with an empty image.
  if (image && image->header.projections() == 0 && rows * columns > 1)
    return Error{
        Errc::unavailable,
        "the slice server has no filtered projection yet; try again once 'slicecast status' "
        "counts some there"};
  if (image && (image->rows != rows || image->columns != columns || image->planes != planes))
    return Error{Errc::malformed, "the slice server sent another size than was asked for"};
  return image;
}

Result<v1::FieldOfView> SliceFetcher::field_of_view(std::chrono::milliseconds deadline) {
  const auto image = fetch({{-0.5, -0.5, 0}, {1, 0, 0}, {0, 1, 0}}, 1, 1, 1, {}, deadline);
  if (!image) return image.error();
  const v1::FieldOfView& field = image->header.field_of_view();
  if (!(field.radius_mm() > 0) || !std::isfinite(field.radius_mm()) ||
      !(field.z_max_mm() >= field.z_min_mm()))
    return Error{Errc::unsupported,
                 "the slice server does not know the field of view; give the pixel size in mm"};
  return field;
}

std::string marks_text(const v1::SliceImage& header) {
  std::string text;
  const auto add = [&](bool set, const char* mark) {
    if (set) text += (text.empty() ? "" : ", ") + std::string(mark);
  };
  add(header.filling(), "filling");
  add(header.mixed(), "mixed");
  add(header.stale(), "stale");
  add(header.values_uncertain(), "values uncertain");
  add(header.largest_gap_rad() > 0, "angles missing");
  return text;
}

}  // namespace slicecast::cli
