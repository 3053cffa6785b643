// Feed messages whose content is known.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/wire/feed.h"
#include "common/wire/pixel_parts.h"
#include "plugins/sdk/view.h"

namespace slicecast::plugin::test {

inline wire::FeedMessage slice_message(const std::string& id, std::uint64_t version,
                                       std::size_t rows = 4, std::size_t columns = 6) {
  wire::FeedMessage message;
  message.header.set_instance(7);
  message.header.set_key("slice/" + id);
  message.header.set_version(version);
  *message.header.mutable_pixels() = wire::pixel_format(PixelType::f32, {rows, columns});
  auto& slice = *message.header.mutable_slice();
  slice.mutable_stamp()->set_slice_id(id);
  slice.mutable_stamp()->set_version(version);
  slice.mutable_stamp()->set_instance(7);
  slice.mutable_axis1()->set_x_mm(0.5 * static_cast<double>(columns));
  slice.mutable_axis2()->set_y_mm(0.5 * static_cast<double>(rows));
  slice.set_value_unit("1/mm");
  auto pixels = Buffer::allocate(rows * columns * sizeof(float));
  for (std::size_t i = 0; i < rows * columns; ++i)
    pixels->as<float>()[i] = static_cast<float>(version) + 0.01f * static_cast<float>(i);
  message.pixels = std::move(pixels);
  return message;
}

inline SliceView slice_view(const std::string& id, std::uint64_t version) {
  return *view_of(slice_message(id, version), "slice", {}, *BufferPool::create(1 << 20));
}

}  // namespace slicecast::plugin::test
