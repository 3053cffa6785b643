#include <png.h>
#include <sys/resource.h>
#include <tiffio.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>

#include "common/io/atomic_file.h"
#include "common/io/image_file.h"
#include "common/io/npy.h"
#include "tests/unit/io/scratch.h"

using namespace slicecast;
using namespace slicecast::io;
using namespace slicecast::io::testing;
using Catch::Matchers::Contains;

namespace {

// A strided 3 x 4 image: values r * 10 + c, two more columns that must not be written.
struct Strided {
  std::vector<float> pixels;
  Strided() {
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 6; ++c) pixels.push_back(c < 4 ? float(r * 10 + c) : -1e9f);
  }
  ImageView<const float> view() const { return {pixels.data(), 3, 4, 6}; }
};

struct Png {
  int rows = 0, columns = 0, bits = 0;
  std::vector<std::uint8_t> bytes;  // host byte order
  std::string description;
};

Png read_png(const std::filesystem::path& path) {
  Png image;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  REQUIRE(file != nullptr);
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_read_png(png, info, PNG_TRANSFORM_SWAP_ENDIAN, nullptr);
  image.rows = static_cast<int>(png_get_image_height(png, info));
  image.columns = static_cast<int>(png_get_image_width(png, info));
  image.bits = png_get_bit_depth(png, info);
  png_textp texts = nullptr;
  const int count = png_get_text(png, info, &texts, nullptr);
  for (int i = 0; i < count; ++i)
    if (std::strcmp(texts[i].key, "Description") == 0) image.description = texts[i].text;
  png_bytepp rows = png_get_rows(png, info);
  for (int r = 0; r < image.rows; ++r)
    image.bytes.insert(image.bytes.end(), rows[r], rows[r] + png_get_rowbytes(png, info));
  png_destroy_read_struct(&png, &info, nullptr);
  std::fclose(file);
  return image;
}

}  // namespace

TEST_CASE("unknown extensions, sizes without pixels and volumes as PNG are refused") {
  ScratchFolder folder;
  const Strided image;
  for (const char* name : {"a.jpg", "a", "a.tif.bak", ".png"}) {
    const auto written = write_image(folder / name, image.view());
    REQUIRE_FALSE(written);
    CHECK_THAT(written.error().message, Contains(".npy, .tif or .png"));
  }
  CHECK_FALSE(write_image(folder / "a.npy", ImageView<const float>()));
  CHECK_FALSE(check_image_path(folder / "a.png", true));
  CHECK(check_image_path(folder / "a.png", false));
  CHECK_FALSE(write_volume(folder / "a.png", image.pixels.data(), 1, 3, 6));
  CHECK_FALSE(write_volume(folder / "a.npy", image.pixels.data(), 0, 3, 6));
  ImageOptions upside_down;
  upside_down.display = DisplayRange{2, 1};
  CHECK_FALSE(write_image(folder / "a.png", image.view(), upside_down));
  ImageOptions deep;
  deep.png_bits = 12;
  CHECK_FALSE(write_image(folder / "a.png", image.view(), deep));
  CHECK_THAT(write_image(folder / "none/a.npy", image.view()).error().message,
             Contains("folder does not exist"));
  std::filesystem::create_directory(folder / "b.tif");
  CHECK_FALSE(write_image(folder / "b.tif", image.view()));
  CHECK(folder.files() == 1);
}

TEST_CASE("a full disk is a clear error, leaves the old file and nothing else") {
  ScratchFolder folder;
  const std::vector<float> noise = [] {
    std::vector<float> values(200 * 200);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = float((i * 2654435761u) % 65521);
    return values;
  }();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  for (const char* name : {"a.npy", "a.tif", "a.png"}) {
    INFO(name);
    write_contents(folder / name, {'o', 'l', 'd'});
    rlimit small = before;
    small.rlim_cur = 2048;
    setrlimit(RLIMIT_FSIZE, &small);
    const auto written = write_image(folder / name, ImageView<const float>(noise.data(), 200, 200));
    setrlimit(RLIMIT_FSIZE, &before);
    REQUIRE_FALSE(written);
    CHECK_THAT(written.error().message, Contains(name) && Contains("limit"));
    CHECK(contents(folder / name) == std::vector<char>{'o', 'l', 'd'});
  }
  CHECK(folder.files() == 3);
  CHECK_THAT(write_error("x.npy", ENOSPC).message, Contains("the disk is full"));
}

TEST_CASE("planes of a wrong size, too many or too few are refused and leave nothing") {
  ScratchFolder folder;
  const std::vector<std::byte> plane(12 * 4), odd(47);
  for (const char* name : {"a.npy", "a.tif"}) {
    auto writer = *VolumeWriter::create(folder / name, 2, 3, 4, PixelType::f32);
    CHECK_FALSE(writer.append(odd));
    REQUIRE(writer.append(plane));
    CHECK_FALSE(writer.finish());
    REQUIRE(writer.append(plane));
    CHECK_FALSE(writer.append(plane));
  }
  CHECK(folder.files() == 0);
}

TEST_CASE("damaged .npy files are refused") {
  ScratchFolder folder;
  CHECK_FALSE(read_npy(folder / "none.npy"));
  const Strided image;
  REQUIRE(write_image(folder / "a.npy", image.view()));
  const auto whole = contents(folder / "a.npy");
  REQUIRE(read_npy(folder / "a.npy"));
  for (std::size_t size : {0, 5, 9, 40, 127, int(whole.size()) - 1}) {
    write_contents(folder / "b.npy", {whole.begin(), whole.begin() + std::ptrdiff_t(size)});
    CHECK_FALSE(read_npy(folder / "b.npy"));
  }
  const auto with = [&](std::string from, std::string to) {
    std::string text(whole.begin(), whole.end());
    text.replace(text.find(from), from.size(), to);
    write_contents(folder / "b.npy", {text.begin(), text.end()});
    const auto read = read_npy(folder / "b.npy");
    return read ? std::string("accepted") : read.error().message;
  };
  CHECK_THAT(with("<f4", ">f4"), Contains("little-endian"));
  CHECK_THAT(with("<f4", "<c8"), Contains("type"));
  CHECK_THAT(with("<f4", "|O4"), Contains("type"));
  CHECK_THAT(with("False", "True,"), Contains("Fortran"));
  CHECK_THAT(with("(3, 4)", "(3,-4)"), Contains("shape"));
  CHECK_THAT(with("(3, 4)", "(3, 9)"), Contains("size"));
  CHECK_THAT(with("'shape'", "'shade'"), Contains("shape"));
  CHECK_THAT(with("(3, 4), }  ", "(99999999)}"), Contains("size"));
}

TEST_CASE(".npy files hold images and volumes as they are") {
  ScratchFolder folder;
  const Strided image;
  REQUIRE(write_image(folder / "a.npy", image.view()));
  auto array = *read_npy(folder / "a.npy");
  CHECK(array.type == PixelType::f32);
  CHECK(array.shape == std::vector<std::uint64_t>{3, 4});
  CHECK(array.as_float()[7] == 13);
  CHECK((contents(folder / "a.npy").size() - 48) % 64 == 0);

  const std::vector<std::uint16_t> counts{1, 2, 3, 4, 5, 65535};
  REQUIRE(write_image(folder / "b.npy", ImageView<const std::uint16_t>(counts.data(), 2, 3)));
  array = *read_npy(folder / "b.npy");
  CHECK(array.type == PixelType::u16);
  CHECK(array.as_float()[5] == 65535);

  std::vector<float> volume(2 * 3 * 4);
  std::iota(volume.begin(), volume.end(), 0.0f);
  REQUIRE(write_volume(folder / "c.npy", volume.data(), 2, 3, 4));
  array = *read_npy(folder / "c.npy");
  CHECK(array.shape == std::vector<std::uint64_t>{2, 3, 4});
  CHECK(array.as_float() == volume);
  CHECK(folder.files() == 3);
}

TEST_CASE("NumPy reads the .npy files and we read NumPy's") {
  const std::string python = "/usr/bin/python3";
  if (std::system((python + " -c 'import numpy' 2>/dev/null").c_str()) != 0) {
    WARN("python3-numpy is not installed, nothing was checked");
    return;
  }
  ScratchFolder folder;
  std::vector<float> volume(2 * 3 * 4);
  std::iota(volume.begin(), volume.end(), 0.5f);
  REQUIRE(write_volume(folder / "a.npy", volume.data(), 2, 3, 4));
  const std::string script =
      "import numpy as n; a = n.load('" + (folder / "a.npy").string() +
      "'); assert a.shape == (2, 3, 4) and a.dtype == n.float32 and a[1, 2, 3] == 23.5; n.save('" +
      (folder / "b.npy").string() + "', n.arange(5, dtype='i8')); n.save('" +
      (folder / "c.npy").string() + "', n.array([True, False]))";
  REQUIRE(std::system((python + " -c \"" + script + "\"").c_str()) == 0);
  const auto array = read_npy(folder / "b.npy");
  REQUIRE(array);
  CHECK(array->type == PixelType::i64);
  CHECK(array->shape == std::vector<std::uint64_t>{5});
  CHECK(array->as_float()[4] == 4);
  CHECK_FALSE(read_npy(folder / "c.npy"));
}

TEST_CASE(".tif files hold floats, pages and the provenance") {
  ScratchFolder folder;
  std::vector<float> volume(3 * 5 * 7);
  std::iota(volume.begin(), volume.end(), -4.5f);
  ImageOptions options;
  options.provenance = "slicecast test, epoch 3";
  REQUIRE(write_volume(folder / "a.tif", volume.data(), 3, 5, 7, options));
  TIFF* tiff = TIFFOpen((folder / "a.tif").c_str(), "r");
  REQUIRE(tiff != nullptr);
  char* text = nullptr;
  REQUIRE(TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text) == 1);
  CHECK(std::string(text) == options.provenance);
  CHECK(TIFFNumberOfDirectories(tiff) == 3);
  for (std::uint16_t page = 0; page < 3; ++page) {
    REQUIRE(TIFFSetDirectory(tiff, page) == 1);
    std::uint32_t width = 0, height = 0;
    std::uint16_t bits = 0, format = 0;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetField(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    CHECK(width == 7);
    CHECK(height == 5);
    CHECK(bits == 32);
    CHECK(format == SAMPLEFORMAT_IEEEFP);
    std::vector<float> row(7);
    REQUIRE(TIFFReadScanline(tiff, row.data(), 4, 0) == 1);
    CHECK(row[6] == volume[std::size_t(page) * 35 + 34]);
  }
  TIFFClose(tiff);
}

TEST_CASE(".tif images larger than one strip and of 16 bits come back") {
  ScratchFolder folder;
  std::vector<std::uint16_t> counts(900 * 1000);
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<std::uint16_t>(i * 7);
  REQUIRE(write_image(folder / "a.tiff", ImageView<const std::uint16_t>(counts.data(), 900, 1000)));
  TIFF* tiff = TIFFOpen((folder / "a.tiff").c_str(), "r");
  REQUIRE(tiff != nullptr);
  CHECK_FALSE(TIFFIsBigTIFF(tiff));
  CHECK(TIFFNumberOfStrips(tiff) > 1);
  std::vector<std::uint16_t> row(1000);
  for (std::uint32_t r : {0u, 523u, 524u, 899u}) {
    REQUIRE(TIFFReadScanline(tiff, row.data(), r, 0) == 1);
    CHECK(row[999] == counts[r * 1000 + 999]);
  }
  TIFFClose(tiff);
}

TEST_CASE("volumes beyond 4 GiB are announced as BigTIFF") {
  ScratchFolder folder;
  // The choice is made from the announced size, before any plane: bytes 2..3 of the file say it.
  const auto version = [&](int planes) {
    auto writer = *VolumeWriter::create(folder / "a.tif", planes, 1024, 1024, PixelType::f32);
    char type = 0;
    const std::vector<std::byte> plane(1024 * 1024 * 4);
    REQUIRE(writer.append(plane));
    for (const auto& entry : std::filesystem::directory_iterator((folder / "a").parent_path()))
      type = contents(entry.path()).at(2);
    return int(type);
  };
  CHECK(version(1000) == 42);
  CHECK(version(1024) == 43);
  CHECK(folder.files() == 0);
}

TEST_CASE(".png files map floats from the display range to grey, NaN to black") {
  ScratchFolder folder;
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> values{-1, 0, 0.5f, 1, 2, NAN, inf, -inf};
  ImageOptions options;
  options.display = DisplayRange{0, 1};
  options.provenance = "range 0 to 1 per mm";
  REQUIRE(write_image(folder / "a.png", ImageView<const float>(values.data(), 2, 4), options));
  const auto png = read_png(folder / "a.png");
  CHECK(png.rows == 2);
  CHECK(png.columns == 4);
  CHECK(png.bits == 8);
  CHECK(png.bytes == std::vector<std::uint8_t>{0, 0, 128, 255, 255, 0, 255, 0});
  CHECK(png.description == options.provenance);
  options.png_bits = 16;
  REQUIRE(write_image(folder / "b.png", ImageView<const float>(values.data(), 2, 4), options));
  const auto deep = read_png(folder / "b.png");
  CHECK(deep.bits == 16);
  std::uint16_t middle = 0;
  std::memcpy(&middle, deep.bytes.data() + 4, 2);
  CHECK(middle == 32768);
}

TEST_CASE("without a display range the least finite value is black and the greatest white") {
  ScratchFolder folder;
  const std::vector<float> values{5, NAN, 7, 9}, flat{3, 3};
  REQUIRE(write_image(folder / "a.png", ImageView<const float>(values.data(), 1, 4)));
  CHECK(read_png(folder / "a.png").bytes == std::vector<std::uint8_t>{0, 0, 128, 255});
  REQUIRE(write_image(folder / "b.png", ImageView<const float>(flat.data(), 1, 2)));
  CHECK(read_png(folder / "b.png").bytes == std::vector<std::uint8_t>{0, 0});
}

TEST_CASE(".png files hold 8 and 16 bit counts as they are") {
  ScratchFolder folder;
  const std::vector<std::uint8_t> small{0, 7, 255};
  const std::vector<std::uint16_t> large{0, 258, 65535};
  REQUIRE(write_image(folder / "a.png", ImageView<const std::uint8_t>(small.data(), 1, 3)));
  CHECK(read_png(folder / "a.png").bytes == small);
  REQUIRE(write_image(folder / "b.PNG", ImageView<const std::uint16_t>(large.data(), 3, 1)));
  const auto png = read_png(folder / "b.PNG");
  std::vector<std::uint16_t> values(3);
  std::memcpy(values.data(), png.bytes.data(), 6);
  CHECK(values == large);
}

TEST_CASE("whole files replace old ones at once") {
  ScratchFolder folder;
  const std::string text = "new contents";
  write_contents(folder / "state", {'o', 'l', 'd'});
  REQUIRE(write_whole_file(folder / "state", std::as_bytes(std::span(text))));
  const auto now = contents(folder / "state");
  CHECK(std::string(now.begin(), now.end()) == text);
  CHECK(folder.files() == 1);
  CHECK_FALSE(write_whole_file(folder / "none/state", std::as_bytes(std::span(text))));
}

TEST_CASE("colours are written as they are, and refused in any other format or number") {
  ScratchFolder folder;
  const std::vector<std::uint8_t> colours{1, 2, 3, 4, 5, 6, 255, 0, 9, 10, 11, 12};
  CHECK_FALSE(write_colours(folder / "a.tif", colours, 2, 2, ""));
  CHECK_FALSE(write_colours(folder / "a.png", colours, 2, 3, ""));
  CHECK_FALSE(write_colours(folder / "a.png", {}, 0, 0, ""));
  CHECK(folder.files() == 0);
  REQUIRE(write_colours(folder / "a.png", colours, 2, 2, "by a test"));
  const auto png = read_png(folder / "a.png");
  CHECK(png.rows == 2);
  CHECK(png.columns == 2);
  CHECK(png.bytes == colours);
  CHECK(png.description == "by a test");
}
