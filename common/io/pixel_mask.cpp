#include "common/io/pixel_mask.h"

#include <png.h>
#include <tiffio.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "common/io/hdf5.h"
#include "common/io/npy.h"
#include "common/io/regular_file.h"

namespace slicecast::io {
namespace {

constexpr std::uint64_t kLongestMaskSide = 65535;

struct CloseMaskTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};

Error mask_error(const std::string& file, const std::string& why) {
  return {Errc::malformed, file + ": " + why};
}

Result<PixelMask> shaped(const std::string& file, const std::vector<std::uint64_t>& shape) {
  if (shape.size() != 2 || shape[0] == 0 || shape[1] == 0 ||
      std::ranges::max(shape) > kLongestMaskSide)
    return mask_error(file, "a mask has two dimensions, rows and columns, of 1 to 65535 pixels");
  PixelMask mask{static_cast<int>(shape[0]), static_cast<int>(shape[1]), {}};
  mask.marked.resize(shape[0] * shape[1]);
  return mask;
}

template <class Number>
void mark(PixelMask& mask, const std::vector<Number>& values) {
  std::ranges::transform(values, mask.marked.begin(), [](Number value) { return value != 0; });
}

Result<PixelMask> from_npy(const std::string& file) {
  const auto array = read_npy(file);
  if (!array) return array.error();
  auto mask = shaped(file, array->shape);
  if (mask) mark(*mask, array->as_float());
  return mask;
}

Result<PixelMask> from_hdf5(const std::string& file, const std::string& path) {
  const Hdf5Lock lock;
  const Hdf5Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!opened) return mask_error(file, "is not an HDF5 file, or damaged");
  const Hdf5Handle dataset = open_dataset(opened.get(), path);
  if (path.empty() || !dataset)
    return mask_error(file, "has no dataset '" + path + "'; write FILE.h5:/PATH");
  auto mask = shaped(file, shape_of(dataset.get()));
  if (!mask) return mask;
  const auto values = read_numbers(dataset.get(), file, path, kLongestMaskSide * kLongestMaskSide);
  if (!values) return values.error();
  mark(*mask, *values);
  return mask;
}

Result<PixelMask> from_png(const std::string& file) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, file.c_str()) == 0)
    return mask_error(file, "is not a PNG file, or damaged");
  auto mask = shaped(file, {image.height, image.width});
  // As wide as in the file: what libpng narrows or widens it also maps, and a value of 1 to 0.
  const bool wide = (image.format & PNG_FORMAT_FLAG_LINEAR) != 0;
  image.format = wide ? PNG_FORMAT_LINEAR_Y : PNG_FORMAT_GRAY;
  const std::size_t pixels = mask ? mask->marked.size() : 0;
  std::vector<std::uint8_t> bytes(wide ? 0 : pixels);
  std::vector<std::uint16_t> words(wide ? pixels : 0);
  void* values = wide ? static_cast<void*>(words.data()) : bytes.data();
  const bool read = mask && png_image_finish_read(&image, nullptr, values, 0, nullptr) != 0;
  png_image_free(&image);
  if (!mask) return mask;
  if (!read) return mask_error(file, "is not a PNG file, or damaged");
  if (wide)
    mark(*mask, words);
  else
    mark(*mask, bytes);
  return mask;
}

Result<PixelMask> from_tiff(const std::string& file) {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  const std::unique_ptr<TIFF, CloseMaskTiff> tiff(TIFFOpen(file.c_str(), "r"));
  if (!tiff) return mask_error(file, "is not a TIFF file, or damaged");
  std::uint32_t rows = 0, columns = 0;
  std::uint16_t bits = 1, samples = 1;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &rows);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &columns);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_SAMPLESPERPIXEL, &samples);
  auto mask = shaped(file, {rows, columns});
  if (!mask) return mask;
  const std::size_t bytes = bits / 8;
  std::vector<std::uint8_t> line(static_cast<std::size_t>(TIFFScanlineSize64(tiff.get())));
  if (samples != 1 || bits % 8 != 0 || bytes == 0 || bytes > 8 || TIFFIsTiled(tiff.get()) != 0 ||
      line.size() < columns * bytes)
    return mask_error(file, "a mask has one value of 8 to 64 bits per pixel, without tiles");
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (TIFFReadScanline(tiff.get(), line.data(), row) != 1)
      return mask_error(file, "cannot be read to its end; copy it again");
    for (std::uint32_t column = 0; column < columns; ++column) {
      const auto* value = line.data() + column * bytes;
      mask->marked[static_cast<std::size_t>(row) * columns + column] =
          std::any_of(value, value + bytes, [](std::uint8_t byte) { return byte != 0; });
    }
  }
  return mask;
}

}  // namespace

Result<PixelMask> read_pixel_mask(const std::string& file) {
  const auto colon = file.rfind(":/");
  const std::string name = file.substr(0, colon);
  if (auto regular = check_readable_file(name); !regular) return regular.error();
  const std::string extension = std::filesystem::path(name).extension().string();
  if (colon != std::string::npos || extension == ".h5" || extension == ".hdf5" ||
      extension == ".nxs")
    return from_hdf5(name, colon == std::string::npos ? "" : file.substr(colon + 1));
  if (extension == ".npy") return from_npy(name);
  if (extension == ".png") return from_png(name);
  if (extension == ".tif" || extension == ".tiff") return from_tiff(name);
  return Error{Errc::invalid_argument,
               name + ": unknown type of a mask; use .npy, .tif, .png or FILE.h5:/PATH"};
}

}  // namespace slicecast::io
