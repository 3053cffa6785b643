#include "services/slice/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/recon/card_sharing.h"
#include "common/wire/pose.h"

namespace slicecast::slice {
namespace {

Result<geometry::Matrix34> matrix_of(const google::protobuf::RepeatedField<double>& numbers,
                                     int first) {
  geometry::Matrix34 matrix;
  for (int i = 0; i < 12; ++i) {
    const double value = numbers.Get(first + i);
    if (!std::isfinite(value))
      return Error{Errc::malformed, "a projection matrix has a number that is not finite"};
    matrix.m[static_cast<std::size_t>(i)] = value;
  }
  return matrix;
}

void set_field(const geometry::FieldOfView& field, v1::FieldOfView* message) {
  message->set_radius_mm(field.radius_mm);
  message->set_z_min_mm(field.z_min_mm);
  message->set_z_max_mm(field.z_max_mm);
}

double factor_of(double cosine) {
  return cosine != 0 ? cosine : 1;
}

}  // namespace

Result<StreamStart> stream_start(const v1::FilteredStart& message) {
  const double period = message.period_rad();
  if (!(period > 0) || !(period <= 64 * std::numbers::pi))
    return Error{Errc::malformed,
                 fmt::format("a scan with a window of {} rad is not usable", period)};
  if (!(message.pixel_at_axis_mm() > 0))
    return Error{Errc::malformed, "a scan without a pixel size at the axis is not usable"};
  const v1::FieldOfView& field = message.field_of_view();
  for (const double length : {message.pixel_at_axis_mm(), message.laminography_cosine(),
                              field.radius_mm(), field.z_min_mm(), field.z_max_mm()})
    if (!std::isfinite(length))
      return Error{Errc::malformed, "a scan whose field of view is not finite is not usable"};
  StreamStart start;
  start.scan_id = message.scan_id();
  start.epoch = message.epoch();
  start.geometry_revision = message.geometry_revision();
  switch (message.window().mode()) {
    case v1::ALTERNATING: start.rules.mode = WindowMode::alternating; break;
    case v1::LAST_N: start.rules.mode = WindowMode::last_n; break;
    default: start.rules.mode = WindowMode::continuous;
  }
  start.rules.period_rad = period;
  start.rules.cyclic = message.window().coverage() != v1::SHORT_SCAN;
  start.rules.group_size = std::max<std::uint64_t>(message.window().group_size(), 1);
  start.rules.weight_factor = factor_of(message.laminography_cosine());
  start.field = wire::field_of(message.field_of_view()).value_or(geometry::FieldOfView{});
  start.pixel_size_known = message.pixel_size_known();
  start.pixel_at_axis_mm = message.pixel_at_axis_mm();
  start.refilter = message.refilter();
  start.values_uncertain = message.values_uncertain();
  return start;
}

Result<Entry> entry_of(const v1::FilteredProjection& message) {
  if (message.matrix_size() != 12)
    return Error{Errc::malformed,
                 fmt::format("a filtered projection has {} matrix elements instead of 12",
                             message.matrix_size())};
  if (!std::isfinite(message.angle_rad()))
    return Error{Errc::malformed, "a filtered projection has an angle that is not finite"};
  auto matrix = matrix_of(message.matrix(), 0);
  if (!matrix) return matrix.error();
  Entry entry;
  entry.id = message.id();
  entry.angle_rad = message.angle_rad();
  entry.epoch = message.epoch();
  entry.geometry_revision = message.geometry_revision();
  entry.acquired_ns = message.acquired_ns();
  entry.matrix = *matrix;
  return entry;
}

namespace {

Result<recon::StoredImagePtr> image_on_card(const recon::Backend& backend, recon::StoreType store,
                                            const v1::CardPixels& pixels) {
  const recon::CardSharing* sharing = backend.card_sharing();
  if (sharing == nullptr)
    return Error{Errc::unavailable,
                 "the card that a projection lies on is not in use here any more"};
  const v1::PixelFormat& format = pixels.format();
  constexpr std::uint32_t kMostSide = 1U << 20;
  if (format.type() != v1::FLOAT16 || format.shape_size() != 2 || format.shape(0) > kMostSide ||
      format.shape(1) > kMostSide || !std::isfinite(format.scale()))
    return Error{Errc::malformed, "a projection on the card is no image of float16"};
  const recon::CardPlace place{.handle = pixels.handle(),
                               .allocation_bytes = pixels.allocation_bytes(),
                               .offset_bytes = pixels.offset_bytes(),
                               .row_stride_bytes = pixels.row_stride_bytes(),
                               .rows = static_cast<int>(format.shape(0)),
                               .columns = static_cast<int>(format.shape(1))};
  return sharing->store(place, store,
                        format.scale() != 0 ? static_cast<float>(format.scale()) : 1.0F);
}

}  // namespace

Result<recon::StoredImagePtr> stored_image(const recon::Backend& backend, recon::StoreType store,
                                           const wire::BulkMessage& message) {
  if (message.header.has_card_pixels())
    return image_on_card(backend, store, message.header.card_pixels());
  const v1::PixelFormat& format = message.header.pixels();
  if (!message.pixels || format.shape_size() != 2 || format.shape(0) == 0 || format.shape(1) == 0)
    return Error{Errc::malformed, "a filtered projection came without an image of rows x columns"};
  const auto rows = static_cast<int>(format.shape(0));
  const auto columns = static_cast<int>(format.shape(1));
  const double scale = format.scale() != 0 ? format.scale() : 1.0;
  if (!std::isfinite(scale)) return Error{Errc::malformed, "the scale of an image is not finite"};
  if (format.type() == v1::FLOAT16)
    return backend.store_half({message.pixels->as<std::uint16_t>(), rows, columns}, store,
                              static_cast<float>(scale));
  if (format.type() == v1::FLOAT32)
    return backend.store({message.pixels->as<float>(), rows, columns}, store,
                         store == recon::StoreType::half_precision ? static_cast<float>(scale) : 1,
                         nullptr);
  return Error{Errc::unsupported, "filtered projections come as float16 or float32 only"};
}

Result<GeometryChange> geometry_change(const v1::GeometryUpdate& message) {
  if (message.matrix_size() != 12 * message.id_size())
    return Error{Errc::malformed, "a geometry update has not twelve numbers per projection"};
  GeometryChange change;
  change.revision = message.geometry_revision();
  change.field = wire::field_of(message.field_of_view()).value_or(geometry::FieldOfView{});
  change.weight_factor = factor_of(message.laminography_cosine());
  for (int i = 0; i < message.id_size(); ++i) {
    auto matrix = matrix_of(message.matrix(), 12 * i);
    if (!matrix) return matrix.error();
    change.ids.push_back(message.id(i));
    change.matrices.push_back(*matrix);
  }
  return change;
}

namespace {

void set_stamp(const Image& image, std::uint64_t instance, const std::string& slice_id,
               v1::Stamp* stamp) {
  stamp->set_scan_id(image.scan_id);
  stamp->set_instance(instance);
  stamp->set_slice_id(slice_id);
  stamp->set_pose_revision(image.target.pose_revision);
  stamp->set_geometry_revision(image.snapshot->geometry_revision);
  stamp->set_epoch(image.snapshot->epoch);
  stamp->set_version(image.version);
  stamp->set_oldest_projection(image.snapshot->oldest_id);
  stamp->set_newest_projection(image.snapshot->newest_id);
  stamp->set_acquired_ns(image.snapshot->acquired_ns);
}

void set_preview(const Image& image, std::uint64_t instance, v1::Preview* preview) {
  const geometry::PointGrid& grid = image.target.grid;
  set_stamp(image, instance, "preview", preview->mutable_stamp());
  preview->set_voxel_mm(grid.step_column.x);
  wire::to_proto(grid.origin + grid.step_column * (0.5 * (grid.columns - 1)) +
                     grid.step_row * (0.5 * (grid.rows - 1)) +
                     grid.step_plane * (0.5 * (grid.planes - 1)),
                 preview->mutable_centre());
  set_field(image.field, preview->mutable_field_of_view());
  preview->set_projections(static_cast<std::uint32_t>(image.snapshot->entries.size()));
  preview->set_filling(image.snapshot->filling);
  preview->set_mixed(image.snapshot->mixed);
  preview->set_value_unit(image.pixel_size_known ? "1/mm" : "1/pixel");
  preview->set_reconstruction_ms(image.reconstruction_ms);
  const auto count = static_cast<std::size_t>(grid.planes) * static_cast<std::size_t>(grid.rows) *
                     static_cast<std::size_t>(grid.columns);
  const auto [low, high] =
      std::minmax_element(image.pixels->as<float>(), image.pixels->as<float>() + count);
  preview->set_minimum(*low);
  preview->set_maximum(*high);
}

void set_slice(const Image& image, std::uint64_t instance, const std::string& slice_id,
               v1::SliceImage* slice) {
  const geometry::PointGrid& grid = image.target.grid;
  set_stamp(image, instance, slice_id, slice->mutable_stamp());
  wire::to_proto(grid.origin - grid.step_column * 0.5 - grid.step_row * 0.5, slice->mutable_base());
  wire::to_proto(grid.step_column * grid.columns, slice->mutable_axis1());
  wire::to_proto(grid.step_row * grid.rows, slice->mutable_axis2());
  if (grid.planes > 1) wire::to_proto(grid.step_plane, slice->mutable_plane_step());
  set_field(image.field, slice->mutable_field_of_view());
  slice->set_projections(static_cast<std::uint32_t>(image.snapshot->entries.size()));
  slice->set_filling(image.snapshot->filling);
  slice->set_mixed(image.snapshot->mixed);
  slice->set_stale(image.stale);
  slice->set_largest_gap_rad(image.snapshot->wide_gap_rad);
  slice->set_values_uncertain(image.values_uncertain);
  slice->set_rebuilt(image.rebuilt);
  slice->set_value_unit(image.pixel_size_known ? "1/mm" : "1/pixel");
  slice->set_reconstruction_ms(image.reconstruction_ms);
}

}  // namespace

v1::FeedHeader feed_header(const Image& image, std::uint64_t instance,
                           const std::string& slice_id) {
  const geometry::PointGrid& grid = image.target.grid;
  v1::FeedHeader header;
  header.set_key(image.target.key);
  header.set_version(image.version);
  v1::PixelFormat* format = header.mutable_pixels();
  format->set_type(v1::FLOAT32);
  const bool volume = image.target.kind == TargetKind::preview || grid.planes > 1;
  if (volume) format->add_shape(static_cast<std::uint32_t>(grid.planes));
  format->add_shape(static_cast<std::uint32_t>(grid.rows));
  format->add_shape(static_cast<std::uint32_t>(grid.columns));
  format->set_bytes(sizeof(float) * static_cast<std::uint64_t>(grid.planes) *
                    static_cast<std::uint64_t>(grid.rows) *
                    static_cast<std::uint64_t>(grid.columns));
  if (image.target.kind == TargetKind::preview)
    set_preview(image, instance, header.mutable_preview());
  else
    set_slice(image, instance, slice_id, header.mutable_slice());
  return header;
}

}  // namespace slicecast::slice
