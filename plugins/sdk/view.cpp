#include "plugins/sdk/view.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace slicecast::plugin {
namespace {

constexpr std::uint32_t kLongestInputSide = 1 << 20;

std::optional<Kind> kind_of(const v1::FeedHeader& header) {
  switch (header.payload_case()) {
    case v1::FeedHeader::kSlice: return Kind::slice;
    case v1::FeedHeader::kPreview: return Kind::preview;
    case v1::FeedHeader::kThumbnail: return Kind::thumbnail;
    case v1::FeedHeader::kLabels: return Kind::labels;
    case v1::FeedHeader::kValues: return Kind::values;
    case v1::FeedHeader::kTable: return Kind::table;
    case v1::FeedHeader::kEvent: return Kind::event;
    default: return {};
  }
}

bool has_image(Kind kind) {
  return kind != Kind::table && kind != Kind::event;
}

std::size_t pixel_count(const SliceView& view) {
  return static_cast<std::size_t>(view.planes) * static_cast<std::size_t>(view.rows) *
         static_cast<std::size_t>(view.columns);
}

Error misfit(const v1::FeedHeader& header, const char* what) {
  return {Errc::malformed, "'" + header.key() + "' came with " + what + "; its producer is wrong"};
}

Result<void> take_shape(SliceView& view) {
  const auto& shape = view.header->pixels().shape();
  if (shape.size() < 2 || shape.size() > 3) return misfit(*view.header, "pixels of no image");
  for (const std::uint32_t side : shape)
    if (side == 0 || side > kLongestInputSide) return misfit(*view.header, "a side of no length");
  if (shape.size() == 3) view.planes = static_cast<int>(shape[0]);
  view.rows = static_cast<int>(shape[shape.size() - 2]);
  view.columns = static_cast<int>(shape[shape.size() - 1]);
  return {};
}

template <class Stored>
std::span<const Stored> stored_pixels(const SliceView& view) {
  return {view.buffer->as<Stored>(), pixel_count(view)};
}

template <class Stored>
void to_float(SliceView& view, BufferPool& pool) {
  const auto& format = view.header->pixels();
  const auto scale = static_cast<float>(format.scale() == 0 ? 1 : format.scale());
  const auto offset = static_cast<float>(format.offset());
  const auto stored = stored_pixels<Stored>(view);
  auto floats = pool.take(stored.size() * sizeof(float));
  float* out = floats->template as<float>();
  for (std::size_t i = 0; i < stored.size(); ++i)
    out[i] = static_cast<float>(stored[i]) * scale + offset;
  view.buffer = std::move(floats);
}

Result<void> take_floats(SliceView& view, BufferPool& pool) {
  const auto& format = view.header->pixels();
  if (!std::isfinite(format.scale()) || !std::isfinite(format.offset()))
    return misfit(*view.header, "a scale that is no number");
  const bool as_is = (format.scale() == 0 || format.scale() == 1) && format.offset() == 0;
  switch (format.type()) {
    case v1::FLOAT32:
      if (!as_is) to_float<float>(view, pool);
      break;
    case v1::UINT16: to_float<std::uint16_t>(view, pool); break;
    case v1::UINT8: to_float<std::uint8_t>(view, pool); break;
    default: return misfit(*view.header, "pixels that are no float, nor 8 or 16 bits of one");
  }
  view.pixels = stored_pixels<float>(view);
  return {};
}

Result<void> take_labels(SliceView& view) {
  switch (view.header->pixels().type()) {
    case v1::UINT8: view.labels = stored_pixels<std::uint8_t>(view); return {};
    case v1::UINT16: view.wide_labels = stored_pixels<std::uint16_t>(view); return {};
    default: return misfit(*view.header, "labels that are neither uint8 nor uint16");
  }
}

std::size_t bytes_of(v1::PixelType type) {
  return type == v1::FLOAT32 ? 4 : type == v1::UINT16 ? 2 : 1;
}

}  // namespace

Result<SliceView> view_of(wire::FeedMessage message, std::string producer, Surroundings around,
                          BufferPool& pool) {
  const auto kind = kind_of(message.header);
  if (!kind)
    return Error{Errc::unsupported,
                 "'" + message.header.key() + "' holds nothing that a node can read"};
  SliceView view;
  view.kind = *kind;
  view.header = std::make_shared<const v1::FeedHeader>(std::move(message.header));
  view.producer = std::move(producer);
  view.around = std::move(around);
  view.buffer = std::move(message.pixels);
  if (!has_image(*kind)) return view;
  if (!view.buffer) return misfit(*view.header, "no pixels");
  if (auto shaped = take_shape(view); !shaped) return shaped.error();
  if (view.buffer->size() != pixel_count(view) * bytes_of(view.header->pixels().type()))
    return misfit(*view.header, "another number of bytes than its shape has");
  auto taken = *kind == Kind::labels ? take_labels(view) : take_floats(view, pool);
  if (!taken) return taken.error();
  return view;
}

v1::Stamp SliceView::stamp() const {
  switch (kind) {
    case Kind::slice: return header->slice().stamp();
    case Kind::preview: return header->preview().stamp();
    case Kind::labels: return header->labels().input();
    case Kind::values: return header->values().input();
    case Kind::table: return header->table().input();
    case Kind::event: return header->event().input();
    case Kind::thumbnail: break;
  }
  v1::Stamp stamp;
  stamp.set_scan_id(header->thumbnail().scan_id());
  stamp.set_slice_id("thumbnail");
  stamp.set_oldest_projection(header->thumbnail().id());
  stamp.set_newest_projection(header->thumbnail().id());
  stamp.set_acquired_ns(header->thumbnail().acquired_ns());
  return stamp;
}

std::string SliceView::slice_id() const {
  const std::string& name = key();
  const auto first = name.find('/');
  if (first == std::string::npos) return name;
  if (kind == Kind::slice) return name.substr(first + 1);
  const auto second = name.find('/', first + 1);
  return second == std::string::npos ? name.substr(first + 1) : name.substr(second + 1);
}

std::optional<v1::SceneSlice> SliceView::pose() const {
  if (kind == Kind::slice) {
    const auto& image = header->slice();
    v1::SceneSlice pose;
    pose.set_id(slice_id());
    pose.set_name(image.name());
    *pose.mutable_base() = image.base();
    *pose.mutable_axis1() = image.axis1();
    *pose.mutable_axis2() = image.axis2();
    pose.set_rows(static_cast<std::uint32_t>(rows));
    pose.set_columns(static_cast<std::uint32_t>(columns));
    pose.set_pose_revision(image.stamp().pose_revision());
    pose.set_author(image.author());
    return pose;
  }
  if (!around.scene || (kind != Kind::labels && kind != Kind::values)) return {};
  const v1::Stamp input = stamp();
  for (const auto& slice : around.scene->slices()) {
    if (slice.id() != input.slice_id() || slice.pose_revision() != input.pose_revision()) continue;
    v1::SceneSlice pose = slice;
    pose.set_rows(static_cast<std::uint32_t>(rows));
    pose.set_columns(static_cast<std::uint32_t>(columns));
    return pose;
  }
  return {};
}

double SliceView::pixel_mm() const {
  if (kind == Kind::preview) return header->preview().voxel_mm();
  const auto posed = pose();
  if (!posed || columns == 0) return 0;
  const auto& axis = posed->axis1();
  return std::hypot(axis.x_mm(), axis.y_mm(), axis.z_mm()) / columns;
}

double SliceView::pixel_length() const {
  const double length = pixel_mm();
  return length > 0 ? length : 1;
}

std::string SliceView::length_unit() const {
  return pixel_mm() > 0 ? "mm" : "px";
}

float SliceView::at(double x, double y) const {
  x = std::clamp(x, 0.0, columns - 1.0);
  y = std::clamp(y, 0.0, rows - 1.0);
  const int c = std::min(static_cast<int>(x), std::max(columns - 2, 0));
  const int r = std::min(static_cast<int>(y), std::max(rows - 2, 0));
  const int right = std::min(c + 1, columns - 1), below = std::min(r + 1, rows - 1);
  const auto between = [](double from, double to, double part) {
    return from + part * (to - from);
  };
  return static_cast<float>(between(between((*this)(r, c), (*this)(r, right), x - c),
                                    between((*this)(below, c), (*this)(below, right), x - c),
                                    y - r));
}

std::array<float, 9> SliceView::neighbours(int r, int c) const {
  std::array<float, 9> found{};
  for (int i = 0; i < 9; ++i)
    found[static_cast<std::size_t>(i)] =
        (*this)(std::clamp(r + i / 3 - 1, 0, rows - 1), std::clamp(c + i % 3 - 1, 0, columns - 1));
  return found;
}

std::string SliceView::value_unit() const {
  switch (kind) {
    case Kind::slice: return header->slice().value_unit();
    case Kind::preview: return header->preview().value_unit();
    case Kind::values: return header->values().unit();
    default: return "";
  }
}

v1::FieldOfView SliceView::field() const {
  if (kind == Kind::slice) return header->slice().field_of_view();
  if (kind == Kind::preview) return header->preview().field_of_view();
  return around.scan ? around.scan->start().field_of_view() : v1::FieldOfView();
}

}  // namespace slicecast::plugin
