#include <tiffio.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "common/io/volume_sink.h"

namespace slicecast::io {
namespace {

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};

// libtiff reports through process-wide handlers that print to stderr; errno and return values tell
// enough here.
void silence_libtiff() {
  static std::once_flag once;
  std::call_once(once, [] {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
  });
}

std::uint16_t sample_format(PixelType type) {
  switch (type) {
    case PixelType::f16:
    case PixelType::f32:
    case PixelType::f64: return SAMPLEFORMAT_IEEEFP;
    case PixelType::i8:
    case PixelType::i16:
    case PixelType::i32:
    case PixelType::i64: return SAMPLEFORMAT_INT;
    default: return SAMPLEFORMAT_UINT;
  }
}

class TiffSink final : public VolumeWriter::Sink {
 public:
  TiffSink(AtomicFile file, const VolumeShape& shape, std::string provenance, TIFF* tiff)
      : Sink(std::move(file), shape), provenance_(std::move(provenance)), tiff_(tiff) {}

 protected:
  Result<void> write_plane(std::span<const std::byte> plane) override {
    describe_page();
    const std::size_t row_bytes = plane.size() / static_cast<std::size_t>(shape_.rows);
    const auto rows_per_strip = strip_rows(row_bytes);
    errno = 0;
    std::uint32_t strip = 0;
    for (std::size_t row = 0; row < static_cast<std::size_t>(shape_.rows);
         row += rows_per_strip, ++strip) {
      const auto rows = std::min(rows_per_strip, static_cast<std::size_t>(shape_.rows) - row);
      const auto bytes = static_cast<tmsize_t>(rows * row_bytes);
      // libtiff takes a mutable pointer but changes nothing: no byte swap, no compression.
      auto* pixels = const_cast<std::byte*>(plane.data() + row * row_bytes);
      if (TIFFWriteRawStrip(tiff_.get(), strip, pixels, bytes) != bytes)
        return write_error(target(), errno);
    }
    if (TIFFWriteDirectory(tiff_.get()) != 1) return write_error(target(), errno);
    return {};
  }
  Result<void> close() override {
    errno = 0;
    const bool flushed = TIFFFlush(tiff_.get()) == 1;
    const int reason = errno;
    tiff_.reset();
    if (!flushed) return write_error(target(), reason);
    return {};
  }

 private:
  static std::size_t strip_rows(std::size_t row_bytes) {
    return std::max<std::size_t>(1, (std::size_t{1} << 20) / row_bytes);
  }

  void describe_page() {
    TIFF* t = tiff_.get();
    const std::size_t row_bytes = shape_.plane_bytes() / static_cast<std::size_t>(shape_.rows);
    TIFFSetField(t, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(shape_.columns));
    TIFFSetField(t, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(shape_.rows));
    TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * size_of(shape_.type)));
    TIFFSetField(t, TIFFTAG_SAMPLEFORMAT, static_cast<int>(sample_format(shape_.type)));
    TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(strip_rows(row_bytes)));
    TIFFSetField(t, TIFFTAG_SOFTWARE, "slicecast");
    if (shape_.planes > 1) TIFFSetField(t, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
    if (written_ == 0 && !provenance_.empty())
      TIFFSetField(t, TIFFTAG_IMAGEDESCRIPTION, provenance_.c_str());
  }

  std::string provenance_;
  std::unique_ptr<TIFF, CloseTiff> tiff_;
};

}  // namespace

Result<std::unique_ptr<VolumeWriter::Sink>> make_tiff_sink(AtomicFile file,
                                                           const VolumeShape& shape,
                                                           const std::string& provenance) {
  silence_libtiff();
  // Offsets of classic TIFF have 32 bits; leave room for the directories.
  const std::uint64_t pages = static_cast<std::uint64_t>(shape.planes);
  const bool big = pages * (shape.plane_bytes() + 4096) > 0xffff0000u;
  errno = 0;
  TIFF* tiff = TIFFOpen(file.temporary().c_str(), big ? "w8l" : "wl");
  if (tiff == nullptr) return write_error(file.target(), errno);
  return std::unique_ptr<VolumeWriter::Sink>(
      std::make_unique<TiffSink>(std::move(file), shape, provenance, tiff));
}

}  // namespace slicecast::io
