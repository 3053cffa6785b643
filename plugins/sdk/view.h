// What a node gets to see: one message of a feed, in place. Nothing is copied or converted: spans
// point into the one pooled buffer that the link filled, and stay valid as long as the view or a
// copy of it (copies are cheap and share). Exception: pixels that were asked for with an `encoding`
// of 8 or 16 bits are turned into floats, once, into another pooled buffer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/base/buffer.h"
#include "common/base/error.h"
#include "common/wire/feed.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::plugin {

enum class Kind : std::uint8_t { slice, preview, thumbnail, labels, values, table, event };

// What was known of the scan and of all slices when the view was made. Either may be null.
struct Surroundings {
  std::shared_ptr<const v1::Scan> scan;
  std::shared_ptr<const v1::Scene> scene;
};

struct SliceView {
  Kind kind = Kind::slice;
  // Float images: slices, preview, thumbnails, values. [planes, rows, columns] without padding, in
  // the unit of value_unit(); outside of the field of view exactly 0.
  std::span<const float> pixels;
  // Label images, one of the two.
  std::span<const std::uint8_t> labels;
  std::span<const std::uint16_t> wide_labels;
  int planes = 1, rows = 0, columns = 0;

  std::shared_ptr<const v1::FeedHeader> header;  // the message itself: slice(), values(), ...
  std::string producer;                          // service that published it
  Surroundings around;
  ConstBufferPtr buffer;  // owner of the pixels

  const std::string& key() const { return header->key(); }
  // Of the raw image, through any number of plugins between. Of a thumbnail: its scan and id.
  v1::Stamp stamp() const;
  // "a" of "slice/a" and of "values/denoise/a"; "preview", "thumbnail".
  std::string slice_id() const;
  std::span<const float> row(int r) const {
    return pixels.subspan(static_cast<std::size_t>(r) * static_cast<std::size_t>(columns),
                          static_cast<std::size_t>(columns));
  }
  float operator()(int r, int c) const {
    return pixels[static_cast<std::size_t>(r) * static_cast<std::size_t>(columns) +
                  static_cast<std::size_t>(c)];
  }
  // Between pixels, bilinear; x and y in pixels, centres at whole numbers, held inside of the
  // image.
  float at(double x, double y) const;
  // The 3 x 3 pixels about this one, row by row; beyond the edges the edge's own.
  std::array<float, 9> neighbours(int r, int c) const;
  // Pose of this very image: of slices their own; of what other plugins made, the scene's, if that
  // still shows the same pose. rows and columns in it are those of the view.
  std::optional<v1::SceneSlice> pose() const;
  double pixel_mm() const;          // along a row; 0 when there is no pose
  double pixel_length() const;      // the same, or 1 when there is no pose
  std::string length_unit() const;  // of pixel_length(): "mm", "px"
  std::string value_unit() const;   // "1/mm", "1/pixel"; of values their own
  v1::FieldOfView field() const;    // radius 0: unknown
};

// Refuses what has no place in a view: unsupported for other payloads than the kinds above,
// malformed for pixels whose type or shape does not fit them. `pool` is for quantised pixels only.
Result<SliceView> view_of(wire::FeedMessage message, std::string producer, Surroundings around,
                          BufferPool& pool);

}  // namespace slicecast::plugin
