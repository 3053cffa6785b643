#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "common/io/data_exchange_writer.h"
#include "common/io/scan_file.h"
#include "tests/unit/io/scratch.h"

using namespace slicecast;
using namespace slicecast::io;
using namespace slicecast::io::testing;
using Catch::Matchers::Contains;

namespace {

DataExchangeOptions small_scan() {
  DataExchangeOptions options;
  options.geometry.rows = 3;
  options.geometry.columns = 4;
  options.geometry.pixel_mm = 0.1;
  options.provenance = "made by a test";
  return options;
}

std::vector<std::uint16_t> frame(int first) {
  std::vector<std::uint16_t> pixels(12);
  for (std::size_t i = 0; i < 12; ++i) pixels[i] = static_cast<std::uint16_t>(first + int(i));
  return pixels;
}

std::span<const std::byte> bytes(const std::vector<std::uint16_t>& pixels) {
  return std::as_bytes(std::span(pixels));
}

}  // namespace

TEST_CASE("scans that cannot be written are refused and leave nothing behind") {
  ScratchFolder folder;
  auto broken = small_scan();
  broken.geometry.rows = 0;
  CHECK_FALSE(DataExchangeWriter::create(folder / "a.h5", broken));
  const auto nowhere = DataExchangeWriter::create(folder / "none/a.h5", small_scan());
  REQUIRE_FALSE(nowhere);
  CHECK_THAT(nowhere.error().message, Contains("folder does not exist"));
  {
    auto writer = *DataExchangeWriter::create(folder / "a.h5", small_scan());
    const std::vector<std::byte> wrong(23);
    CHECK_FALSE(writer.write_dark(wrong));
    CHECK_FALSE(writer.write_projection(0, NAN, bytes(frame(0))));
    const auto finished = writer.finish();
    REQUIRE_FALSE(finished);
    CHECK_THAT(finished.error().message, Contains("no projection"));
  }
  CHECK(folder.files() == 0);
}

TEST_CASE("without finish no file appears, and frames after finish are refused") {
  ScratchFolder folder;
  {
    auto writer = *DataExchangeWriter::create(folder / "a.h5", small_scan());
    REQUIRE(writer.write_projection(0, 0, bytes(frame(0))));
    CHECK_FALSE(std::filesystem::exists(folder / "a.h5"));
  }
  CHECK(folder.files() == 0);
  auto writer = *DataExchangeWriter::create(folder / "a.h5", small_scan());
  REQUIRE(writer.write_projection(0, 0, bytes(frame(0))));
  REQUIRE(writer.finish());
  CHECK_FALSE(writer.write_flat(bytes(frame(0))));
  CHECK_FALSE(writer.finish());
  CHECK(folder.files() == 1);
}

TEST_CASE("a full disk while writing a scan is a clear error") {
  ScratchFolder folder;
  auto options = small_scan();
  options.geometry.rows = options.geometry.columns = 256;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  {
    auto writer = *DataExchangeWriter::create(folder / "a.h5", options);
    rlimit small = before;
    small.rlim_cur = 1600000;  // the file, its tables and a few frames
    setrlimit(RLIMIT_FSIZE, &small);
    const std::vector<std::uint16_t> pixels(256 * 256);
    Result<void> written;
    for (int i = 0; i < 10 && written; ++i) written = writer.write_projection(i, i, bytes(pixels));
    if (written) written = writer.finish();
    setrlimit(RLIMIT_FSIZE, &before);
    REQUIRE_FALSE(written);
    CHECK_THAT(written.error().message, Contains("a.h5") && Contains("limit"));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "a.h5"));
}

TEST_CASE("a file whose window is none is refused with the words that are") {
  ScratchFolder folder;
  auto options = small_scan();
  options.window.mode = "sliding";
  auto writer = *DataExchangeWriter::create(folder / "a.h5", options);
  REQUIRE(writer.write_projection(0, 0, bytes(frame(0))));
  REQUIRE(writer.finish());
  const auto opened = ScanFile::open(folder / "a.h5");
  REQUIRE_FALSE(opened);
  CHECK_THAT(opened.error().message, Contains("sliding") && Contains("last_n"));
}

TEST_CASE("the window of a written scan is read back, and none stays none") {
  ScratchFolder folder;
  auto options = small_scan();
  for (const auto& window : {RecordedWindow{}, RecordedWindow{"alternating", "short_scan", 77}}) {
    options.window = window;
    auto writer = *DataExchangeWriter::create(folder / "a.h5", options);
    REQUIRE(writer.write_projection(0, 0, bytes(frame(0))));
    REQUIRE(writer.finish());
    const auto opened = ScanFile::open(folder / "a.h5");
    REQUIRE(opened);
    const auto& read = opened->description().window;
    CHECK(read.mode == window.mode);
    CHECK(read.coverage == window.coverage);
    CHECK(read.group_size == window.group_size);
  }
}

TEST_CASE("a written scan is read back as it was") {
  ScratchFolder folder;
  auto options = small_scan();
  auto& g = options.geometry;
  g.beam = geometry::Beam::cone;
  g.source_axis_mm = 100;
  g.source_detector_mm = 250;
  g.axis_column = 1.75;
  g.principal_row = 0.5;
  g.tilt_rad = 0.1;
  g.roll_rad = -0.02;
  g.pitch_rad = 0.03;
  g.rotation_sense = -1;
  g.flip_u = true;
  auto writer = *DataExchangeWriter::create(folder / "a.h5", options);
  REQUIRE(writer.write_dark(bytes(frame(1))));
  REQUIRE(writer.write_flat(bytes(frame(1000))));
  for (int i = 0; i < 5; ++i)
    REQUIRE(writer.write_projection(std::uint64_t(10 + 2 * i), 0.7 * i, bytes(frame(100 * i))));
  REQUIRE(writer.write_flat(bytes(frame(2000))));
  REQUIRE(writer.finish());

  const auto opened = ScanFile::open(folder / "a.h5");
  INFO((opened ? "" : opened.error().message));
  REQUIRE(opened);
  const auto& d = opened->description();
  CHECK(d.projections == 5);
  CHECK(d.darks == 1);
  CHECK(d.flats == 2);
  CHECK(d.ids == std::vector<std::uint64_t>{10, 12, 14, 16, 18});
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(d.angles_rad[i] == Approx(0.7 * double(i)).epsilon(1e-14));
  CHECK_FALSE(d.already_linear);
  CHECK(d.geometry_stored);
  CHECK(d.geometry.beam == geometry::Beam::cone);
  CHECK(d.geometry.source_axis_mm == 100);
  CHECK(d.geometry.source_detector_mm == 250);
  CHECK(d.geometry.axis_column == 1.75);
  CHECK_FALSE(d.geometry.principal_column);
  CHECK(d.geometry.principal_row == 0.5);
  CHECK(d.geometry.tilt_rad == 0.1);
  CHECK(d.geometry.roll_rad == -0.02);
  CHECK(d.geometry.pitch_rad == 0.03);
  CHECK(d.geometry.rotation_sense == -1);
  CHECK(d.geometry.flip_u);
  CHECK_FALSE(d.geometry.flip_v);
  CHECK(d.geometry.pixel_mm == 0.1);
  CHECK(d.geometry.pixel_size_known);
  std::vector<std::uint16_t> pixels(12);
  REQUIRE(opened->read_projection(3, std::as_writable_bytes(std::span(pixels))));
  CHECK(pixels == frame(300));
  REQUIRE(opened->read_flat(1, std::as_writable_bytes(std::span(pixels))));
  CHECK(pixels == frame(2000));
}

TEST_CASE("measured vectors, line integrals and unknown pixel sizes survive") {
  ScratchFolder folder;
  auto options = small_scan();
  options.geometry.pixel_mm = 1;
  options.geometry.pixel_size_known = false;
  options.already_linear = true;
  options.pixel_type = PixelType::f32;
  for (double angle : {0.0, 0.5})
    options.geometry.vectors.push_back(to_astra(projection_at(options.geometry, angle)));
  auto writer = *DataExchangeWriter::create(folder / "a.h5", options);
  const std::vector<float> lines(12, 0.25f);
  for (int i = 0; i < 2; ++i)
    REQUIRE(writer.write_projection(std::uint64_t(i), 0.5 * i, std::as_bytes(std::span(lines))));
  REQUIRE(writer.finish());
  const auto file = *ScanFile::open(folder / "a.h5");
  const auto& d = file.description();
  CHECK(d.already_linear);
  CHECK(d.pixel_type == PixelType::f32);
  CHECK_FALSE(d.geometry.pixel_size_known);
  REQUIRE(d.geometry.vectors.size() == 2);
  CHECK(d.geometry.vectors[1].v == options.geometry.vectors[1].v);
}

TEST_CASE("measured vectors go with the projections that are written, whatever their ids") {
  ScratchFolder folder;
  auto options = small_scan();
  const auto at = [&](double angle) { return projection_at(options.geometry, angle); };
  const std::vector<std::uint16_t> pixels(12, 7);
  const auto bytes = std::as_bytes(std::span(pixels));
  SECTION("of the geometry, by id") {
    auto measured = options;
    for (int i = 0; i < 5; ++i) measured.geometry.vectors.push_back(to_astra(at(0.1 * i)));
    auto writer = *DataExchangeWriter::create(folder / "a.h5", measured);
    for (const std::uint64_t id : {1, 4, 3})
      REQUIRE(writer.write_projection(id, 0.1 * double(id), bytes));
    CHECK_FALSE(writer.write_projection(5, 0.5, bytes));  // measured by nobody
    REQUIRE(writer.write_projection(7, 0.2, bytes, at(0.2).matrix));
    REQUIRE(writer.finish());
  }
  SECTION("of the frames alone, some of which have none") {
    auto writer = *DataExchangeWriter::create(folder / "a.h5", options);
    REQUIRE(writer.write_projection(1, 0.1, bytes));
    REQUIRE(writer.write_projection(4, 9.9, bytes, at(0.4).matrix));
    REQUIRE(writer.write_projection(3, 0.3, bytes));
    REQUIRE(writer.write_projection(7, 9.9, bytes, at(0.2).matrix));
    CHECK_FALSE(writer.write_projection(8, 0, bytes, geometry::Matrix34{}));
    REQUIRE(writer.finish());
  }
  const auto file = *ScanFile::open(folder / "a.h5");
  const auto& g = file.description().geometry;
  REQUIRE(g.vectors.size() == 4);
  const double angles[] = {0.1, 0.4, 0.3, 0.2};
  for (std::uint64_t i = 0; i < 4; ++i) {
    const auto found = projection_of(g, i, {})->matrix.m;
    for (std::size_t n = 0; n < 12; ++n)
      CHECK(found[n] == Approx(at(angles[i]).matrix.m[n]).margin(1e-9));
  }
}

TEST_CASE("a stored geometry that makes no sense is refused") {
  ScratchFolder folder;
  auto writer = *DataExchangeWriter::create(folder / "a.h5", small_scan());
  REQUIRE(writer.write_projection(0, 0, bytes(frame(0))));
  REQUIRE(writer.finish());
  {
    Hdf5Lock lock;
    const Hdf5Handle file(H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
    const Hdf5Handle group(H5Gopen2(file.get(), "/slicecast/geometry", H5P_DEFAULT));
    H5Adelete(group.get(), "pixel_mm");
    write_attribute(group.get(), "pixel_mm", -1.0);
  }
  const auto opened = ScanFile::open(folder / "a.h5");
  REQUIRE_FALSE(opened);
  CHECK_THAT(opened.error().message, Contains("geometry") && Contains("pixel_mm"));
}
