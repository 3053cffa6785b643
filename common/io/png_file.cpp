#include <png.h>

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <vector>

#include "common/io/volume_sink.h"

namespace slicecast::io {
namespace {

void ignore_message(png_structp, png_const_charp) {}
void jump_back(png_structp png, png_const_charp) {
  png_longjmp(png, 1);
}

struct PngImage {
  const unsigned char* pixels;
  int rows, columns, bits, channels;
  const char* provenance;
};

// libpng reports errors by longjmp: nothing here may need a destructor.
bool encode(std::FILE* stream, const PngImage& image) {
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, jump_back, ignore_message);
  if (png == nullptr) return false;
  png_infop info = png_create_info_struct(png);
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_init_io(png, stream);
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.columns),
               static_cast<png_uint_32>(image.rows), image.bits,
               image.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 3);
  char software_key[] = "Software", software[] = "slicecast", description_key[] = "Description";
  png_text texts[2] = {};
  texts[0].compression = PNG_TEXT_COMPRESSION_NONE;
  texts[0].key = software_key;
  texts[0].text = software;
  texts[1].compression = PNG_TEXT_COMPRESSION_NONE;
  texts[1].key = description_key;
  texts[1].text = const_cast<char*>(image.provenance);
  png_set_text(png, info, texts, *image.provenance == '\0' ? 1 : 2);
  png_write_info(png, info);
  if (image.bits == 16) png_set_swap(png);  // the file is big-endian
  const std::size_t row_bytes = static_cast<std::size_t>(image.columns) *
                                static_cast<std::size_t>(image.bits / 8 * image.channels);
  for (int row = 0; row < image.rows; ++row)
    png_write_row(png, image.pixels + static_cast<std::size_t>(row) * row_bytes);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return true;
}

}  // namespace

Result<void> write_png(const std::filesystem::path& path, const void* pixels, int rows, int columns,
                       int bits, const std::string& provenance, int channels) {
  if (rows > 1000000 || columns > 1000000)
    return Error{
        Errc::unsupported,
        path.string() + ": a PNG has at most a million rows or columns; write .tif or .npy"};
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  std::FILE* stream = std::fopen(file->temporary().c_str(), "wb");
  if (stream == nullptr) return write_error(path, errno);
  errno = 0;
  const PngImage image{
      static_cast<const unsigned char*>(pixels), rows, columns, bits, channels, provenance.c_str()};
  const bool encoded = encode(stream, image) && std::fflush(stream) == 0;
  int reason = errno;
  if (std::fclose(stream) != 0 && encoded) return write_error(path, errno);
  if (!encoded) return write_error(path, reason);
  return file->commit();
}

}  // namespace slicecast::io
