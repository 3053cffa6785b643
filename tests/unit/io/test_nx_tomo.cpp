#include <cmath>

#include "common/io/scan_file.h"
#include "tests/support/test_data.h"
#include "tests/unit/io/scratch.h"

using namespace slicecast;
using namespace slicecast::io;
using namespace slicecast::io::testing;
using Catch::Matchers::Contains;

namespace {

const std::string kDetector = "/entry1/tomo_entry/instrument/detector/";

std::string nexus_refusal(const std::filesystem::path& path) {
  const auto file = ScanFile::open(path);
  return file ? "accepted" : file.error().message;
}

}  // namespace

TEST_CASE("NXtomo files whose keys, frames and angles do not fit are refused") {
  ScratchFolder folder;
  const auto path = folder / "scan.nxs";
  Hdf5Builder(path).numbers(kDetector + "image_key", {0, 0, 0});
  CHECK_THAT(nexus_refusal(path), Contains("no frames 'data' belong to"));
  Hdf5Builder(path)
      .numbers(kDetector + "image_key", {0, 0, 0})
      .counting(kDetector + "data", {4, 3, 4});
  CHECK_THAT(nexus_refusal(path), Contains("4 frames") && Contains("3 keys"));
  Hdf5Builder(path)
      .numbers(kDetector + "image_key", {0, 0, 0})
      .counting(kDetector + "data", {3, 4});
  CHECK_THAT(nexus_refusal(path), Contains("rank 2"));
  Hdf5Builder(path)
      .numbers(kDetector + "image_key", {1, 2, 3})
      .counting(kDetector + "data", {3, 3, 4});
  CHECK_THAT(nexus_refusal(path), Contains("marks no frame as a projection"));
  Hdf5Builder(path)
      .numbers(kDetector + "image_key", {0, 0, 2})
      .counting(kDetector + "data", {3, 3, 4})
      .numbers("/entry1/tomo_entry/sample/rotation_angle", {1, 2, 3, 4});
  CHECK_THAT(nexus_refusal(path), Contains("rotation_angle") && Contains("(3)"));
  Hdf5Builder(path).text(kDetector + "image_key").counting(kDetector + "data", {3, 3, 4});
  CHECK_THAT(nexus_refusal(path), Contains("image_key"));
}

TEST_CASE("an image key sorts frames into projections, flats and darks in their order") {
  ScratchFolder folder;
  const auto path = folder / "scan.nxs";
  Hdf5Builder(path)
      .numbers(kDetector + "image_key", {2, 1, 0, 0, 3, 1, 0})
      .counting(kDetector + "data", {7, 3, 4})
      .numbers(kDetector + "x_pixel_size", {2.5}, "um")
      .numbers(kDetector + "y_pixel_size", {2.5}, "um")
      .numbers(kDetector + "distance", {12}, "cm")
      .numbers("/entry1/tomo_entry/instrument/source/energy", {3}, "GeV")
      .numbers("/entry1/tomo_entry/instrument/beam/incident_energy", {53}, "keV")
      .numbers("/entry1/tomo_entry/sample/rotation_angle", {0, 0, 10, 20, 25, 30, 30}, "degree");
  const auto file = ScanFile::open(path);
  REQUIRE(file);
  const auto& d = file->description();
  CHECK(d.format == ScanFormat::nx_tomo);
  CHECK(d.projections == 3);
  CHECK(d.darks == 1);
  CHECK(d.flats == 2);
  REQUIRE(d.angles_rad.size() == 3);
  CHECK(d.angles_rad[1] == Approx(20 * M_PI / 180));
  CHECK(d.angles_rad[2] == Approx(30 * M_PI / 180));
  REQUIRE(d.sequence.size() == 6);
  CHECK(d.sequence[0].kind == FrameKind::dark);
  CHECK(d.sequence[1].kind == FrameKind::flat);
  CHECK(d.sequence[4].kind == FrameKind::flat);
  CHECK(d.sequence[4].index == 1);
  CHECK(d.sequence[5].index == 2);
  CHECK(d.geometry.pixel_mm == Approx(2.5e-3));
  CHECK(*d.distance_mm == Approx(120));
  CHECK(*d.energy_kev == Approx(53));
  CHECK_THAT(d.notes.at(0), Contains("1 frames are marked invalid"));
  std::vector<std::uint16_t> frame(12);
  REQUIRE(file->read_flat(1, std::as_writable_bytes(std::span(frame))));
  CHECK(frame[0] == 5 * 12);
  REQUIRE(file->read_projection(2, std::as_writable_bytes(std::span(frame))));
  CHECK(frame[0] == 6 * 12);
}

TEST_CASE("external links, cycles and detectors without files do not stop the search") {
  ScratchFolder folder;
  Hdf5Builder(folder / "pixels.h5").counting("/entry/detector/detector", {4, 3, 4});
  Hdf5Builder(folder / "scan.nxs")
      .numbers("/entry/instrument/absent/image_key", {0, 0, 0, 0})
      .external("/entry/instrument/absent/data", "gone.h5", "/entry/detector")
      .numbers("/entry/instrument/camera/image_key", {2, 0, 0, 0})
      .external("/entry/camera/data", "pixels.h5", "/entry/detector/detector")
      .numbers("/entry/camera/gts_theta_value", {1, 2, 3, 4})
      .hard_link("/entry", "/entry/instrument/again")
      .external("/entry/other", "gone.h5", "/");
  const auto file = ScanFile::open(folder / "scan.nxs");
  REQUIRE(file);
  CHECK(file->description().projections == 3);
  CHECK(file->description().angles_rad[0] == Approx(2 * M_PI / 180));
  std::vector<std::uint16_t> frame(12);
  REQUIRE(file->read_projection(0, std::as_writable_bytes(std::span(frame))));
  CHECK(frame[0] == 12);
}

TEST_CASE("a measured rotation angle is preferred to a demanded one") {
  ScratchFolder folder;
  Hdf5Builder(folder / "scan.nxs")
      .numbers("/entry/instrument/camera/image_key", {0, 0})
      .counting("/entry/instrument/camera/data", {2, 3, 4})
      .numbers("/entry/instrument/motor/theta_set", {7, 8})
      .numbers("/entry/instrument/motor/theta", {1, 2}, "rad");
  CHECK(ScanFile::open(folder / "scan.nxs")->description().angles_rad == std::vector<double>{1, 2});
}

TEST_CASE("the k11 scan has its documented frames and angles") {
  const auto path = slicecast::testing::test_data("k11_diad/k11-18014.nxs");
  if (!path) return;
  const auto file = ScanFile::open(*path);
  INFO((file ? "" : file.error().message));
  REQUIRE(file);
  const auto& d = file->description();
  CHECK(d.projections == 3001);
  CHECK(d.flats == 100);
  CHECK(d.darks == 100);
  CHECK(d.rows == 22);
  CHECK(d.columns == 26);
  CHECK(d.pixel_type == PixelType::u16);
  REQUIRE(d.angles_rad.size() == 3001);
  CHECK(d.angles_rad.front() * 180 / M_PI == Approx(89.99511).epsilon(1e-7));
  CHECK(d.angles_rad.back() * 180 / M_PI == Approx(269.99463).epsilon(1e-7));
  CHECK_FALSE(d.energy_kev);  // the file only has the storage ring's
  // 50 flats, 50 darks, the projections, then the other flats and darks.
  REQUIRE(d.sequence.size() == 3201);
  CHECK(d.sequence[49].kind == FrameKind::flat);
  CHECK(d.sequence[50].kind == FrameKind::dark);
  CHECK(d.sequence[100].kind == FrameKind::projection);
  CHECK(d.sequence[3101].kind == FrameKind::flat);
  std::vector<std::uint16_t> flat(22 * 26), dark(22 * 26);
  REQUIRE(file->read_flat(99, std::as_writable_bytes(std::span(flat))));
  REQUIRE(file->read_dark(99, std::as_writable_bytes(std::span(dark))));
  for (std::size_t i = 0; i < flat.size(); ++i) REQUIRE(flat[i] > dark[i]);
}
