// Writes slices and volumes; the extension decides the format:
//   .npy  NumPy 1.0, {rows,columns} or {planes,rows,columns}, as they are
//   .tif  (.tiff) one page per plane, as they are; BigTIFF beyond 4 GiB; provenance in
//   ImageDescription .png  slices only, 8 or 16 bit grey; floats are mapped from a display range;
//   provenance as text
// Row 0 comes first. Files appear whole or not at all. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/base/pixel_type.h"

namespace slicecast::io {

struct DisplayRange {
  double black = 0, white = 1;
};

struct ImageOptions {
  std::string provenance;               // one line for .tif and .png: what made the image
  std::optional<DisplayRange> display;  // .png of floats; default: least and greatest finite value
  int png_bits = 8;                     // .png of floats: 8 or 16
};

Result<void> write_image(const std::filesystem::path& path, ImageView<const float> image,
                         const ImageOptions& options = {});
Result<void> write_image(const std::filesystem::path& path, ImageView<const std::uint8_t> image,
                         const ImageOptions& options = {});
Result<void> write_image(const std::filesystem::path& path, ImageView<const std::uint16_t> image,
                         const ImageOptions& options = {});

// 8-bit .png in colours; `pixels` are [rows][columns][red, green, blue].
Result<void> write_colours(const std::filesystem::path& path, std::span<const std::uint8_t> pixels,
                           int rows, int columns, const std::string& provenance);

// Whether `path` has a known extension for images (or volumes), and is not a device or pipe: refuse
// early, before the work.
Result<void> check_image_path(const std::filesystem::path& path, bool volume);

// A volume plane by plane, first plane first, so that it never has to be in memory whole.
class VolumeWriter {
 public:
  static Result<VolumeWriter> create(const std::filesystem::path& path, int planes, int rows,
                                     int columns, PixelType type, const ImageOptions& options = {});
  VolumeWriter(VolumeWriter&&) noexcept;
  VolumeWriter& operator=(VolumeWriter&&) noexcept;
  ~VolumeWriter();  // without `finish` no file appears

  // One plane of rows * columns pixels of `type`, row-major.
  Result<void> append(std::span<const std::byte> plane);
  // Fails unless all planes were appended.
  Result<void> finish();

  class Sink;  // one per format

 private:
  explicit VolumeWriter(std::unique_ptr<Sink> sink);
  std::unique_ptr<Sink> sink_;
};

Result<void> write_volume(const std::filesystem::path& path, const float* voxels, int planes,
                          int rows, int columns, const ImageOptions& options = {});

}  // namespace slicecast::io
