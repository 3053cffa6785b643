// One per file format behind VolumeWriter: takes planes in order and ends in a whole file.
#pragma once

#include <span>

#include "common/io/atomic_file.h"
#include "common/io/image_file.h"

namespace slicecast::io {

struct VolumeShape {
  int planes = 0, rows = 0, columns = 0;
  PixelType type = PixelType::f32;
  bool single_image = false;  // an image, not a volume of one plane
  std::size_t plane_bytes() const {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) * size_of(type);
  }
};

class VolumeWriter::Sink {
 public:
  virtual ~Sink() = default;
  const VolumeShape& shape() const { return shape_; }
  const std::filesystem::path& target() const { return file_.target(); }
  int written() const { return written_; }

  Result<void> append(std::span<const std::byte> plane) {
    if (auto ok = write_plane(plane); !ok) return ok;
    ++written_;
    return {};
  }
  Result<void> finish() {
    if (auto ok = close(); !ok) return ok;
    return file_.commit();
  }

 protected:
  Sink(AtomicFile file, const VolumeShape& shape) : file_(std::move(file)), shape_(shape) {}
  virtual Result<void> write_plane(std::span<const std::byte> plane) = 0;
  virtual Result<void> close() = 0;  // flushes; the temporary file must be complete afterwards
  AtomicFile file_;
  VolumeShape shape_;
  int written_ = 0;
};

Result<std::unique_ptr<VolumeWriter::Sink>> make_npy_sink(AtomicFile file,
                                                          const VolumeShape& shape);
Result<std::unique_ptr<VolumeWriter::Sink>> make_tiff_sink(AtomicFile file,
                                                           const VolumeShape& shape,
                                                           const std::string& provenance);

// 8- or 16-bit grey (size_of type 1 or 2), host byte order, or three channels of red, green, blue.
Result<void> write_png(const std::filesystem::path& path, const void* pixels, int rows, int columns,
                       int bits, const std::string& provenance, int channels = 1);

}  // namespace slicecast::io
