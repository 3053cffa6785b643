// One world point shown in every view: which slices contain it, and what they say there. Lengths in
// mm. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "viewer/model/overlay_match.h"
#include "viewer/model/slice_pixels.h"

namespace slicecast::viewer {

// Classes of a byte or of two each; both empty: none.
struct LabelPixels {
  ImageView<const std::uint8_t> bytes;
  ImageView<const std::uint16_t> words;
};
// Empty for what check_overlay refuses and for values. Keep the image alive.
LabelPixels label_pixels(const OverlayImage& overlay);

struct CursorSlice {
  std::string id, name;
  SlicePixels pixels;  // the image may be empty
  LabelPixels labels;  // of the same version, any size; empty: no overlay
};

struct CursorReading {
  std::string id, name;
  PixelPoint pixel;
  int row = 0, column = 0;      // the nearest pixel
  bool in_field = false;        // otherwise the value means nothing
  std::optional<double> value;  // of the nearest pixel; none without an image
  std::optional<std::uint32_t> label;
  std::string unit;
};

// A slice contains the point if it lies in its rectangle and at most half a pixel off its plane.
std::vector<CursorReading> readings_at(Vec3 point, std::span<const CursorSlice> slices);

// The grid in which people name voxels: sizes and pitch of the full volume, [x, y, z], centres at
// (i - (N-1)/2) voxel + centre.
struct VoxelGrid {
  std::array<int, 3> size{};
  double voxel_mm = 1;
  Vec3 centre;
};
// The grid of `slicecast volume` with its defaults: 256 voxels across the field of view.
VoxelGrid volume_grid_of(const geometry::FieldOfView& field);
std::optional<std::array<int, 3>> voxel_at(const VoxelGrid& grid, Vec3 point);  // none: outside

}  // namespace slicecast::viewer
