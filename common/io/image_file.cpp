#include "common/io/image_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "common/io/regular_file.h"
#include "common/io/volume_sink.h"

namespace slicecast::io {
namespace {

enum class Format { npy, tiff, png };

Result<Format> format_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".npy") return Format::npy;
  if (extension == ".tif" || extension == ".tiff") return Format::tiff;
  if (extension == ".png") return Format::png;
  return Error{Errc::invalid_argument, path.string() + ": unknown image type '" + extension +
                                           "'; use .npy, .tif or .png (volumes: .npy or .tif)"};
}

Result<void> check_shape(const std::filesystem::path& path, int planes, int rows, int columns) {
  if (planes > 0 && rows > 0 && columns > 0) return {};
  return Error{Errc::invalid_argument, path.string() + ": an image of " + std::to_string(rows) +
                                           " x " + std::to_string(columns) + " x " +
                                           std::to_string(planes) + " has no pixels; give a size"};
}

Result<std::unique_ptr<VolumeWriter::Sink>> make_sink(const std::filesystem::path& path,
                                                      const VolumeShape& shape,
                                                      const std::string& provenance) {
  const auto format = format_of(path);
  if (!format) return format.error();
  const double bytes = static_cast<double>(shape.planes) * static_cast<double>(shape.plane_bytes());
  if (auto room = check_free_space(path, bytes); !room) return room.error();
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  return *format == Format::npy ? make_npy_sink(std::move(*file), shape)
                                : make_tiff_sink(std::move(*file), shape, provenance);
}

template <class T>
std::vector<T> packed(ImageView<const T> image) {
  std::vector<T> pixels;
  pixels.reserve(static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns));
  for (int r = 0; r < image.rows; ++r) {
    const auto row = image.row(r);
    pixels.insert(pixels.end(), row.begin(), row.end());
  }
  return pixels;
}

DisplayRange finite_range(ImageView<const float> image) {
  double least = std::numeric_limits<double>::infinity(), greatest = -least;
  for (int r = 0; r < image.rows; ++r)
    for (float value : image.row(r))
      if (std::isfinite(value)) {
        least = std::min(least, static_cast<double>(value));
        greatest = std::max(greatest, static_cast<double>(value));
      }
  if (!(least < greatest))
    return {std::isfinite(least) ? least : 0, std::isfinite(least) ? least + 1 : 1};
  return {least, greatest};
}

// What is not a number becomes black.
template <class T>
std::vector<T> mapped(ImageView<const float> image, DisplayRange range) {
  constexpr double kWhite = std::numeric_limits<T>::max();
  const double scale = kWhite / (range.white - range.black);
  std::vector<T> pixels;
  pixels.reserve(static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns));
  for (int r = 0; r < image.rows; ++r)
    for (float value : image.row(r)) {
      const double level =
          std::isnan(value) ? 0 : (static_cast<double>(value) - range.black) * scale;
      pixels.push_back(static_cast<T>(std::clamp(level, 0.0, kWhite) + 0.5));
    }
  return pixels;
}

template <class T>
Result<void> write_as_is(const std::filesystem::path& path, ImageView<const T> image,
                         PixelType type, const ImageOptions& options) {
  VolumeShape shape{1, image.rows, image.columns, type, true};
  auto sink = make_sink(path, shape, options.provenance);
  if (!sink) return sink.error();
  const auto pixels = packed(image);
  if (auto ok = (*sink)->append(std::as_bytes(std::span(pixels))); !ok) return ok;
  return (*sink)->finish();
}

template <class T>
Result<void> write_grey(const std::filesystem::path& path, ImageView<const T> image, PixelType type,
                        const ImageOptions& options) {
  if (auto ok = check_shape(path, 1, image.rows, image.columns); !ok) return ok;
  const auto format = format_of(path);
  if (!format) return format.error();
  if (*format != Format::png) return write_as_is(path, image, type, options);
  return write_png(path, packed(image).data(), image.rows, image.columns, 8 * sizeof(T),
                   options.provenance);
}

}  // namespace

Result<void> write_colours(const std::filesystem::path& path, std::span<const std::uint8_t> pixels,
                           int rows, int columns, const std::string& provenance) {
  if (path.extension() != ".png")
    return Error{Errc::unsupported, path.string() + ": colours are written as .png only"};
  if (rows < 1 || columns < 1 ||
      pixels.size() != 3 * static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns))
    return Error{Errc::invalid_argument,
                 path.string() + ": give three bytes for each pixel of at least one row"};
  return write_png(path, pixels.data(), rows, columns, 8, provenance, 3);
}

Result<void> check_image_path(const std::filesystem::path& path, bool volume) {
  const auto format = format_of(path);
  if (!format) return format.error();
  if (volume && *format == Format::png)
    return Error{Errc::invalid_argument,
                 path.string() + ": a PNG holds one slice; write volumes as .npy or .tif"};
  if (auto replaced = replaced_file(path); !replaced) return replaced.error();
  return {};
}

Result<void> write_image(const std::filesystem::path& path, ImageView<const float> image,
                         const ImageOptions& options) {
  if (auto ok = check_shape(path, 1, image.rows, image.columns); !ok) return ok;
  const auto format = format_of(path);
  if (!format) return format.error();
  if (*format != Format::png) return write_as_is(path, image, PixelType::f32, options);
  if (options.png_bits != 8 && options.png_bits != 16)
    return Error{Errc::invalid_argument, path.string() + ": a PNG has 8 or 16 bits per pixel"};
  const auto range = options.display.value_or(finite_range(image));
  if (!(range.black < range.white) || !std::isfinite(range.white - range.black))
    return Error{Errc::invalid_argument,
                 path.string() + ": the display range needs black < white; give two finite values"};
  if (options.png_bits == 8)
    return write_png(path, mapped<std::uint8_t>(image, range).data(), image.rows, image.columns, 8,
                     options.provenance);
  return write_png(path, mapped<std::uint16_t>(image, range).data(), image.rows, image.columns, 16,
                   options.provenance);
}

Result<void> write_image(const std::filesystem::path& path, ImageView<const std::uint8_t> image,
                         const ImageOptions& options) {
  return write_grey(path, image, PixelType::u8, options);
}

Result<void> write_image(const std::filesystem::path& path, ImageView<const std::uint16_t> image,
                         const ImageOptions& options) {
  return write_grey(path, image, PixelType::u16, options);
}

VolumeWriter::VolumeWriter(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
VolumeWriter::VolumeWriter(VolumeWriter&&) noexcept = default;
VolumeWriter& VolumeWriter::operator=(VolumeWriter&&) noexcept = default;
VolumeWriter::~VolumeWriter() = default;

Result<VolumeWriter> VolumeWriter::create(const std::filesystem::path& path, int planes, int rows,
                                          int columns, PixelType type,
                                          const ImageOptions& options) {
  if (auto ok = check_shape(path, planes, rows, columns); !ok) return ok.error();
  if (auto ok = check_image_path(path, true); !ok) return ok.error();
  auto sink = make_sink(path, {planes, rows, columns, type, false}, options.provenance);
  if (!sink) return sink.error();
  return VolumeWriter(std::move(*sink));
}

Result<void> VolumeWriter::append(std::span<const std::byte> plane) {
  const auto& shape = sink_->shape();
  if (plane.size() != shape.plane_bytes())
    return Error{Errc::invalid_argument, sink_->target().string() + ": a plane has " +
                                             std::to_string(shape.plane_bytes()) + " bytes, not " +
                                             std::to_string(plane.size())};
  if (sink_->written() >= shape.planes)
    return Error{Errc::invalid_argument, sink_->target().string() + ": all " +
                                             std::to_string(shape.planes) +
                                             " planes are written already"};
  return sink_->append(plane);
}

Result<void> VolumeWriter::finish() {
  if (sink_->written() != sink_->shape().planes)
    return Error{Errc::invalid_argument,
                 sink_->target().string() + ": only " + std::to_string(sink_->written()) + " of " +
                     std::to_string(sink_->shape().planes) + " planes were written"};
  return sink_->finish();
}

Result<void> write_volume(const std::filesystem::path& path, const float* voxels, int planes,
                          int rows, int columns, const ImageOptions& options) {
  auto writer = VolumeWriter::create(path, planes, rows, columns, PixelType::f32, options);
  if (!writer) return writer.error();
  const std::size_t plane = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  for (int k = 0; k < planes; ++k)
    if (auto ok = writer->append(
            std::as_bytes(std::span(voxels + plane * static_cast<std::size_t>(k), plane)));
        !ok)
      return ok;
  return writer->finish();
}

}  // namespace slicecast::io
