#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "plugins/segmentation/quantities_csv.h"

using namespace slicecast;
using slicecast::segment::QuantitiesCsv;

namespace {

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("quantities are refused where they cannot be written, and without their classes") {
  const auto refused = QuantitiesCsv::open("/no/such/folder/a.csv");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid_argument);
  CHECK_THAT(refused.error().message, Catch::Contains("give csv a file"));
  const auto full = QuantitiesCsv::open("/dev/full");
  CHECK_FALSE(full);
}

TEST_CASE("each class of a slice is one line, and a file that is there goes on") {
  std::string pattern = (std::filesystem::temp_directory_path() / "csv-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  const auto path = std::filesystem::path(pattern) / "a.csv";
  v1::Stamp stamp;
  stamp.set_acquired_ns(5);
  stamp.set_scan_id("s\"1\"");
  stamp.set_slice_id("xy");
  stamp.set_pose_revision(2);
  stamp.set_version(7);
  const std::vector<nn::ClassEntry> classes{{"gel", 0}, {"bubble, large", 0}};
  std::vector<segmentation::ClassQuantities> quantities(2);
  quantities[1].area_fraction = 0.25;
  quantities[1].area_mm2 = 3.5;
  quantities[1].objects = 2;
  quantities[1].mean_object_mm2 = 1.75;
  for (int turn = 0; turn < 2; ++turn) {
    const auto csv = QuantitiesCsv::open(path);
    REQUIRE(csv);
    CHECK_FALSE((*csv)->add(stamp, "gel", {}, quantities));
    REQUIRE((*csv)->add(stamp, "gel", classes, quantities));
  }
  const std::string lines =
      "5,\"s\"\"1\"\"\",\"xy\",2,7,\"gel\",\"gel\",0,0,0,0\n"
      "5,\"s\"\"1\"\"\",\"xy\",2,7,\"gel\",\"bubble, large\",0.25,3.5,2,1.75\n";
  CHECK(content(path) ==
        "acquired_ns,scan,slice,pose_revision,version,method,class,area_fraction,area (mm^2),"
        "objects,mean_size (mm^2)\n" +
            lines + lines);
  std::filesystem::remove_all(pattern);
}
