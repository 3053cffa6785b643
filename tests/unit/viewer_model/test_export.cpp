#include <cmath>
#include <nlohmann/json.hpp>

#include "common/io/npy.h"
#include "tests/unit/viewer_model/images.h"
#include "viewer/model/export_image.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;
using Catch::Matchers::Contains;

namespace {

SessionFacts facts() {
  SessionFacts told;
  told.viewer = "viewer-1";
  told.scan_id = "scan";
  auto& p = *told.parameters["projection"].add_parameters();
  p.set_name("axis_column");
  p.set_unit("px");
  p.mutable_value()->set_real(319.5);
  auto& f = *told.parameters["projection"].add_parameters();
  f.set_name("filter");
  f.mutable_value()->set_text("hann");
  return told;
}

constexpr std::int64_t kTime = 1'700'000'000'123'456'789;

}  // namespace

TEST_CASE("slices that cannot be written are refused and leave nothing behind") {
  TemporaryFolder folder;
  SliceVersion image = plain_version(1, 0);
  CHECK_FALSE(export_slice(folder / "a.jpg", image, {}));
  CHECK_FALSE(export_slice(folder / "none/a.tif", image, {}));
  CHECK_FALSE(export_slice(folder / "a.png", image, {}, io::DisplayRange{1, 1}));
  CHECK_FALSE(export_slice(folder / "a.png", image, {}, io::DisplayRange{NAN, 1}));
  image.pixels = nullptr;
  CHECK_FALSE(export_slice(folder / "a.tif", image, {}));
  image = plain_version(1, 0);
  image.format.add_shape(1);
  CHECK_FALSE(export_slice(folder / "a.npy", image, {}));
  CHECK(folder.files() == 0);
}

TEST_CASE("provenance says where an image comes from, also with foreign bytes in its names") {
  SliceVersion image = plain_version(7, 0);
  image.header.set_name("left \xff \"half\"");
  image.header.mutable_stamp()->set_epoch(3);
  image.header.mutable_stamp()->set_acquired_ns(kTime);
  image.header.set_filling(true);
  Provenance made = slice_provenance(facts(), image, kTime);
  made.add("broken", std::nan(""));
  const auto json = nlohmann::json::parse(made.to_json());
  CHECK(json["software"] == "slicecast-viewer");
  CHECK(json["written_at"] == "2023-11-14T22:13:20.123Z");
  CHECK(json["scan_id"] == "scan");
  CHECK(json["version"] == 7);
  CHECK(json["epoch"] == 3);
  CHECK(json["pixel_mm"] == 0.5);
  CHECK(json["value_unit"] == "1/mm");
  CHECK(json["marks"] == "filling");
  CHECK(json["parameter.projection.axis_column"] == "319.5 px");
  CHECK(json["parameter.projection.filter"] == "hann");
  CHECK(json["broken"].is_null());
  CHECK(made.to_json(-1).find('\n') == std::string::npos);
  CHECK(made.find("nothing") == nullptr);
  CHECK(made.find("settings")->starts_with("near in time"));
  CHECK(file_time(kTime) == "20231114T221320.123Z");
  CHECK(iso_time(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("provenance holds the geometry that is in use, as numbers") {
  SessionFacts told = facts();
  told.processed_scan = "scan";
  told.geometry = {{"beam", "cone"}, {"pixel_mm", "0.05"}, {"axis_column", "319.5"}};
  const auto json =
      nlohmann::json::parse(slice_provenance(told, plain_version(1, 0), kTime).to_json());
  CHECK(json["geometry.beam"] == "cone");
  CHECK(json["geometry.pixel_mm"] == 0.05);
  CHECK(json["geometry.axis_column"] == 319.5);
  CHECK(json["settings"] == "of this image");
}

TEST_CASE("no key of a scan without a pixel size says mm") {
  SliceVersion image = plain_version(1, 0);
  image.header.set_value_unit("1/pixel");
  image.header.mutable_field_of_view()->set_radius_mm(64);
  const Provenance made = slice_provenance({}, image, kTime);
  v1::Preview preview;
  preview.set_value_unit("1/pixel");
  preview.set_voxel_mm(2);
  const Provenance coarse = preview_provenance({}, preview, kTime);
  CHECK(*made.find("pixel_px") == "0.5");
  CHECK(*made.find("field_radius_px") == "64");
  CHECK(*coarse.find("voxel_px") == "2");
  SceneSlice slice;
  CHECK_THAT(session_description(made, {slice}, "px"), Contains("base_px") && !Contains("_mm"));
  for (const Provenance* each : {&made, &coarse})
    for (const auto& [key, value] : each->entries()) CHECK(key.find("mm") == std::string::npos);
}

TEST_CASE("of one image among several only the settings are told that are no longer in use") {
  SessionFacts before = facts(), now = facts();
  before.processed_scan = "scan";
  before.parameters["projection"].mutable_parameters(1)->mutable_value()->set_text("ram_lak");
  before.facts["source.frames_sent"] = "3";
  Provenance made;
  add_image_facts(made, "a.", plain_version(7, 0), before, now);
  CHECK(*made.find("a.version") == "7");
  CHECK(*made.find("a.settings") == "of this image");
  CHECK(*made.find("a.parameter.projection.filter") == "ram_lak");
  CHECK(made.find("a.parameter.projection.axis_column") == nullptr);
  CHECK(made.find("a.fact.source.frames_sent") == nullptr);
  const auto json = nlohmann::json::parse(made.to_json());
  CHECK(json["a.version"] == 7);
}

TEST_CASE("a slice is written as TIFF, PNG and NPY with its provenance") {
  TemporaryFolder folder;
  const SliceVersion image = plain_version(7, 0, 3, 4);
  const Provenance made = slice_provenance(facts(), image, kTime);

  const auto npy = export_slice(folder / "a.npy", image, made);
  REQUIRE(npy);
  REQUIRE(npy->size() == 2);
  const auto read = io::read_npy((*npy)[0]);
  REQUIRE(read);
  CHECK(read->shape == std::vector<std::uint64_t>{3, 4});
  CHECK(read->as_float() == *values_of(image));
  CHECK((*npy)[1].filename() == "a.npy.json");
  CHECK(nlohmann::json::parse(text_of((*npy)[1]))["slice_id"] == "s");

  REQUIRE(export_slice(folder / "a.TIF", image, made));
  CHECK_THAT(text_of(folder / "a.TIF"), Contains("parameter.projection.filter"));

  REQUIRE(export_slice(folder / "a.png", image, made, io::DisplayRange{-1, 12}));
  const std::string png = text_of(folder / "a.png");
  CHECK_THAT(png, Contains("\"png_low\":-1") && Contains("\"png_high\":12"));
  CHECK(png[24] == 16);  // IHDR: bits per sample
  CHECK(folder.files() == 4);
}

TEST_CASE("names of exports are safe and never those of files that exist") {
  TemporaryFolder folder;
  SliceVersion image = plain_version(7, 0);
  image.header.set_name("../../etc/pass wd");
  const auto first = export_name(folder.path(), image, ".tif");
  CHECK(first.parent_path() == folder.path());
  CHECK(first.filename() == "scan_.._.._etc_pass_wd_v7.tif");
  write_text(first, "");
  CHECK(export_name(folder.path(), image, ".tif").filename() == "scan_.._.._etc_pass_wd_v7-2.tif");
}
