#include <cmath>

#include "common/io/scan_file.h"
#include "tests/support/test_data.h"
#include "tests/unit/io/scratch.h"

using namespace slicecast;
using namespace slicecast::io;
using namespace slicecast::io::testing;
using Catch::Matchers::Contains;

namespace {

std::string refusal(const std::filesystem::path& path) {
  const auto file = ScanFile::open(path);
  if (file) return "accepted";
  CHECK_THAT(file.error().message, Contains(path.filename().string()));
  CHECK(file.error().message.find('\n') == std::string::npos);
  return file.error().message;
}

// 5 projections, 2 darks, 3 flats of 3 x 4.
void build(const std::filesystem::path& path) {
  Hdf5Builder(path)
      .counting("/exchange/data", {5, 3, 4})
      .counting("/exchange/data_dark", {2, 3, 4}, PixelType::u16, 1000)
      .counting("/exchange/data_white", {3, 3, 4}, PixelType::u16, 2000)
      .numbers("/exchange/theta", {0, 45, 90, 135, 180});
}

template <class T>
std::vector<T> projection(const ScanFile& file, std::size_t index) {
  std::vector<T> pixels(file.description().frame_bytes() / sizeof(T));
  const auto read = file.read_projection(index, std::as_writable_bytes(std::span(pixels)));
  INFO((read ? "" : read.error().message));
  REQUIRE(read);
  return pixels;
}

}  // namespace

TEST_CASE("files that are missing, folders, not HDF5 or truncated are refused") {
  ScratchFolder folder;
  CHECK_THAT(refusal(folder / "none.h5"), Contains("no such file"));
  std::filesystem::create_directory(folder / "sub.h5");
  CHECK_THAT(refusal(folder / "sub.h5"), Contains("folder"));
  write_contents(folder / "text.h5", {'h', 'e', 'l', 'l', 'o'});
  CHECK_THAT(refusal(folder / "text.h5"), Contains("not an HDF5 file"));
  write_contents(folder / "empty.h5", {});
  CHECK_THAT(refusal(folder / "empty.h5"), Contains("not an HDF5 file"));
  build(folder / "whole.h5");
  auto bytes = contents(folder / "whole.h5");
  bytes.resize(bytes.size() / 2);
  write_contents(folder / "half.h5", bytes);
  CHECK_THAT(refusal(folder / "half.h5"), Contains("truncated"));
}

TEST_CASE("missing or misshapen datasets are refused by name") {
  ScratchFolder folder;
  const auto path = folder / "scan.h5";
  Hdf5Builder(path).numbers("/exchange/theta", {0, 1});
  CHECK_THAT(refusal(path), Contains("/exchange/data' is missing"));
  Hdf5Builder(path).group("/other");
  CHECK_THAT(refusal(path), Contains("image_key") && Contains("/exchange/data"));
  Hdf5Builder(path).counting("/exchange/data", {5, 4});
  CHECK_THAT(refusal(path), Contains("rank 2"));
  Hdf5Builder(path).counting("/exchange/data", {});
  CHECK_THAT(refusal(path), Contains("rank 0"));
  Hdf5Builder(path).counting("/exchange/data", {5, 0, 4});
  CHECK_THAT(refusal(path), Contains("empty {5,0,4}"));
  Hdf5Builder(path).group("/exchange/data");
  CHECK_THAT(refusal(path), Contains("/exchange/data"));
  Hdf5Builder(path).text("/exchange/data");
  CHECK_THAT(refusal(path), Contains("/exchange/data"));
  Hdf5Builder(path).complex_numbers("/exchange/data", {2, 3, 4});
  CHECK_THAT(refusal(path), Contains("/exchange/data") && Contains("write the raw counts"));
  Hdf5Builder(path).external("/exchange/data", "gone.h5", "/data");
  CHECK_THAT(refusal(path), Contains("external file"));
}

TEST_CASE("impossible sizes are refused before any memory is taken") {
  ScratchFolder folder;
  const auto path = folder / "scan.h5";
  Hdf5Builder(path).claimed("/exchange/data", {5, hsize_t{1} << 40, 4});
  CHECK_THAT(refusal(path), Contains("claims to be"));
  Hdf5Builder(path).claimed("/exchange/data", {hsize_t{1} << 40, 4, 4});
  CHECK_THAT(refusal(path), Contains("claims to be"));
  Hdf5Builder(path).claimed("/exchange/data", {1, 1 << 20, 1 << 20});
  CHECK_THAT(refusal(path), Contains("4 GiB"));
  Hdf5Builder(path)
      .counting("/exchange/data", {5, 3, 4})
      .claimed("/exchange/theta", {hsize_t{1} << 50});
  CHECK_THAT(refusal(path), Contains("/exchange/theta") && Contains("large"));
}

TEST_CASE("darks, flats and angles that do not fit the projections are refused") {
  ScratchFolder folder;
  const auto path = folder / "scan.h5";
  Hdf5Builder(path)
      .counting("/exchange/data", {5, 3, 4})
      .counting("/exchange/data_dark", {2, 3, 5});
  CHECK_THAT(refusal(path), Contains("data_dark") && Contains("3 x 5"));
  Hdf5Builder(path).counting("/exchange/data", {5, 3, 4}).numbers("/exchange/theta", {0, 1, 2});
  CHECK_THAT(refusal(path), Contains("3 angles for 5 projections"));
  Hdf5Builder(path)
      .counting("/exchange/data", {2, 3, 4})
      .numbers("/exchange/theta", {0, 1}, "furlongs");
  CHECK_THAT(refusal(path), Contains("furlongs") && Contains("degrees or radians"));
  Hdf5Builder(path).counting("/exchange/data", {2, 3, 4}).numbers("/exchange/theta", {0, NAN});
  CHECK_THAT(refusal(path), Contains("contain nan degrees") && Contains("correct it"));
  Hdf5Builder(path).counting("/exchange/data", {2, 3, 4}).numbers("/exchange/theta", {0, 1e300});
  CHECK_THAT(refusal(path), Contains("contain 1e+300 degrees") && Contains("correct it"));
  Hdf5Builder(path).counting("/exchange/data", {2, 3, 4}).text("/exchange/theta");
  CHECK_THAT(refusal(path), Contains("/exchange/theta"));
}

TEST_CASE("reads outside the scan or into memory of a wrong size are refused") {
  ScratchFolder folder;
  build(folder / "scan.h5");
  const auto file = *ScanFile::open(folder / "scan.h5");
  std::vector<std::byte> frame(24), large(25);
  CHECK(file.read_projection(4, frame));
  CHECK_FALSE(file.read_projection(5, frame));
  CHECK_FALSE(file.read_projection(std::size_t{1} << 32, frame));
  CHECK_FALSE(file.read_dark(2, frame));
  CHECK_FALSE(file.read_flat(3, frame));
  CHECK_FALSE(file.read_projection(0, large));
}

TEST_CASE("a damaged chunk is an error of that frame only") {
  ScratchFolder folder;
  const auto path = folder / "scan.h5";
  {
    Hdf5Lock lock;
    const Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    const Hdf5Handle group(
        H5Gcreate2(file.get(), "/exchange", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const hsize_t shape[3] = {2, 64, 64}, chunk[3] = {1, 64, 64};
    const Hdf5Handle space(H5Screate_simple(3, shape, nullptr)),
        creation(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_chunk(creation.get(), 3, chunk);
    H5Pset_deflate(creation.get(), 1);
    const Hdf5Handle dataset(H5Dcreate2(file.get(), "/exchange/data", H5T_STD_U16LE, space.get(),
                                        H5P_DEFAULT, creation.get(), H5P_DEFAULT));
    std::vector<std::uint16_t> pixels(2 * 64 * 64);
    for (std::size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<std::uint16_t>(i * 40503u >> 3);
    H5Dwrite(dataset.get(), H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels.data());
  }
  auto bytes = contents(path);
  for (std::size_t i = bytes.size() - 3000; i < bytes.size() - 2000; ++i) bytes[i] = 0x55;
  write_contents(path, bytes);
  const auto file = ScanFile::open(path);
  REQUIRE(file);
  std::vector<std::byte> frame(file->description().frame_bytes());
  int failures = 0;
  for (std::size_t i : {0, 1})
    if (const auto read = file->read_projection(i, frame); !read) {
      ++failures;
      CHECK_THAT(read.error().message, Contains("/exchange/data") && Contains("damaged"));
    }
  CHECK(failures == 1);
}

TEST_CASE("a Data Exchange file gives its frames, angles and order") {
  ScratchFolder folder;
  build(folder / "scan.h5");
  const auto file = *ScanFile::open(folder / "scan.h5");
  const auto& d = file.description();
  CHECK(d.format == ScanFormat::data_exchange);
  CHECK(d.projections == 5);
  CHECK(d.darks == 2);
  CHECK(d.flats == 3);
  CHECK(d.rows == 3);
  CHECK(d.columns == 4);
  CHECK(d.pixel_type == PixelType::u16);
  CHECK(d.angles_rad[1] == Approx(M_PI / 4));
  CHECK(d.ids == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
  REQUIRE(d.sequence.size() == 10);
  CHECK(d.sequence[0].kind == FrameKind::dark);
  CHECK(d.sequence[2].kind == FrameKind::flat);
  CHECK(d.sequence[9].kind == FrameKind::projection);
  CHECK(d.sequence[9].index == 4);
  CHECK(projection<std::uint16_t>(file, 3)[5] == 3 * 12 + 5);
  std::vector<std::uint16_t> frame(12);
  REQUIRE(file.read_dark(1, std::as_writable_bytes(std::span(frame))));
  CHECK(frame[0] == 1012);
  REQUIRE(file.read_flat(2, std::as_writable_bytes(std::span(frame))));
  CHECK(frame[11] == 2035);
  CHECK(d.geometry.angle_table_rad == d.angles_rad);
  CHECK_FALSE(d.geometry.pixel_size_known);
  CHECK_FALSE(d.geometry_stored);
}

TEST_CASE("angles without a unit are degrees; radians are taken as they are") {
  ScratchFolder folder;
  const auto path = folder / "scan.h5";
  for (const char* unit : {"", "degrees", "deg", "Degree "}) {
    Hdf5Builder(path)
        .counting("/exchange/data", {2, 3, 4})
        .numbers("/exchange/theta", {90, 450}, unit);
    CHECK(ScanFile::open(path)->description().angles_rad[1] == Approx(2.5 * M_PI));
  }
  for (const char* unit : {"rad", "radians", "Radian"}) {
    Hdf5Builder(path)
        .counting("/exchange/data", {2, 3, 4})
        .numbers("/exchange/theta", {1, 7.5}, unit);
    CHECK(ScanFile::open(path)->description().angles_rad[1] == 7.5);
  }
}

TEST_CASE("a file without darks, flats or angles opens and says so") {
  ScratchFolder folder;
  Hdf5Builder(folder / "scan.h5").counting("/exchange/data", {2, 3, 4});
  const auto file = *ScanFile::open(folder / "scan.h5");
  CHECK(file.description().darks == 0);
  CHECK(file.description().angles_rad.empty());
  REQUIRE(file.description().notes.size() == 1);
  CHECK_THAT(file.description().notes[0], Contains("theta"));
}

TEST_CASE("every pixel type is read as it is, big-endian included") {
  ScratchFolder folder;
  const auto path = folder / "scan.h5";
  for (auto type : {PixelType::u8, PixelType::u16, PixelType::u32, PixelType::u64, PixelType::i8,
                    PixelType::i16, PixelType::i32, PixelType::i64, PixelType::f16, PixelType::f32,
                    PixelType::f64}) {
    INFO(to_string(type));
    Hdf5Builder(path).counting("/exchange/data", {2, 3, 4}, type, 1);
    const auto file = *ScanFile::open(path);
    REQUIRE(file.description().pixel_type == type);
    const auto bytes = projection<std::byte>(file, 1);
    const auto* at = bytes.data() + 11 * size_of(type);
    if (type == PixelType::f16)
      CHECK(float_from_half(*reinterpret_cast<const std::uint16_t*>(at)) == 24);
    else if (type == PixelType::f32)
      CHECK(*reinterpret_cast<const float*>(at) == 24);
    else if (type == PixelType::f64)
      CHECK(*reinterpret_cast<const double*>(at) == 24);
    else
      CHECK(static_cast<int>(*at) == 24);
  }
  {
    Hdf5Lock lock;
    const Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    const Hdf5Handle group(
        H5Gcreate2(file.get(), "/exchange", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const hsize_t shape[3] = {1, 1, 2};
    const Hdf5Handle space(H5Screate_simple(3, shape, nullptr));
    const Hdf5Handle dataset(H5Dcreate2(file.get(), "/exchange/data", H5T_STD_U16BE, space.get(),
                                        H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const std::uint16_t pixels[2] = {258, 3};
    H5Dwrite(dataset.get(), H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels);
  }
  CHECK(projection<std::uint16_t>(*ScanFile::open(path), 0) == std::vector<std::uint16_t>{258, 3});
}

TEST_CASE("stacks of different types are all read as float32") {
  ScratchFolder folder;
  Hdf5Builder(folder / "scan.h5")
      .counting("/exchange/data", {2, 3, 4})
      .counting("/exchange/data_white", {2, 3, 4}, PixelType::f32, 0.5);
  const auto file = *ScanFile::open(folder / "scan.h5");
  CHECK(file.description().pixel_type == PixelType::f32);
  CHECK(projection<float>(file, 1)[2] == 14);
  std::vector<float> flat(12);
  REQUIRE(file.read_flat(0, std::as_writable_bytes(std::span(flat))));
  CHECK(flat[1] == 1.5);
}

TEST_CASE("pixel size, distance and energy are read with their units") {
  ScratchFolder folder;
  const auto path = folder / "square.h5", other = folder / "other.h5";
  const std::string detector = "/measurement/instrument/detector/";
  Hdf5Builder(path)
      .counting("/exchange/data", {2, 3, 4})
      .numbers(detector + "pixel_size_x", {6.5}, "microns")
      .numbers(detector + "pixel_size_y", {6.5e-3}, "mm")
      .numbers(detector + "distance", {0.3}, "m")
      .numbers("/measurement/instrument/monochromator/energy", {25000}, "eV");
  const auto file = *ScanFile::open(path);
  const auto& d = file.description();
  CHECK(d.geometry.pixel_size_known);
  CHECK(d.geometry.pixel_mm == Approx(6.5e-3));
  CHECK(*d.distance_mm == Approx(300));
  CHECK(*d.energy_kev == Approx(25));
  Hdf5Builder(other)
      .counting("/exchange/data", {2, 3, 4})
      .numbers(detector + "pixel_size_x", {6.5}, "microns")
      .numbers(detector + "pixel_size_y", {7.5}, "microns");
  CHECK_FALSE(ScanFile::open(other)->description().geometry.pixel_size_known);
  Hdf5Builder(other)
      .counting("/exchange/data", {2, 3, 4})
      .numbers(detector + "pixel_size_x", {6.5});
  const auto unitless = *ScanFile::open(other);
  CHECK_FALSE(unitless.description().geometry.pixel_size_known);
  CHECK_THAT(unitless.description().notes.back() + unitless.description().notes.front(),
             Contains("no units"));
}

TEST_CASE("the tooth scan has its documented shapes and angles") {
  const auto path = slicecast::testing::test_data("tooth/tooth.h5");
  if (!path) return;
  const auto file = ScanFile::open(*path);
  REQUIRE(file);
  const auto& d = file->description();
  CHECK(d.projections == 181);
  CHECK(d.darks == 10);
  CHECK(d.flats == 10);
  CHECK(d.rows == 2);
  CHECK(d.columns == 640);
  CHECK(d.pixel_type == PixelType::f32);
  REQUIRE(d.angles_rad.size() == 181);
  CHECK(d.angles_rad.front() == 0);
  CHECK(d.angles_rad.back() == Approx(179.0055 * M_PI / 180).epsilon(1e-6));
  const auto pixels = projection<float>(*file, 90);
  CHECK(pixels.size() == 1280);
  CHECK(pixels[0] > 0);
}
