#include "services/projection/geometry_facts.h"

#include <catch2/catch.hpp>

using namespace slicecast;

namespace {

geometry::ScanGeometry scan_told() {
  geometry::ScanGeometry g;
  g.rows = 64;
  g.columns = 128;
  g.pixel_mm = 0.05;
  return g;
}

}  // namespace

TEST_CASE("lengths of a scan without a pixel size are never told in mm") {
  auto g = scan_told();
  g.pixel_mm = 1;
  g.pixel_size_known = false;
  g.beam = geometry::Beam::cone;
  g.source_axis_mm = 500;
  g.source_detector_mm = 1000;
  const auto facts = projection::geometry_facts(g);
  CHECK(facts.count("geometry.pixel_size") == 1);
  CHECK(facts.at("geometry.source_axis_px") == "500");
  CHECK(facts.at("geometry.pixel_at_axis_px") == "0.5");
  for (const auto& [name, value] : facts) CHECK(name.find("_mm") == std::string::npos);
}

TEST_CASE("the geometry in use is told with the axis that holds") {
  auto g = scan_told();
  auto facts = projection::geometry_facts(g);
  CHECK(facts.at("geometry.beam") == "parallel");
  CHECK(facts.at("geometry.rows") == "64");
  CHECK(facts.at("geometry.columns") == "128");
  CHECK(facts.at("geometry.pixel_mm") == "0.05");
  CHECK(facts.at("geometry.axis_column") == "63.5");  // the middle, where the scan names none
  CHECK(facts.count("geometry.source_axis_mm") == 0);
  CHECK(facts.count("geometry.tilt_rad") == 0);

  g.axis_column = 60.25;
  g.transpose = true;
  g.tilt_rad = 0.5;
  facts = projection::geometry_facts(g);
  CHECK(facts.at("geometry.rows") == "128");
  CHECK(facts.at("geometry.axis_column") == "60.25");
  CHECK(facts.at("geometry.tilt_rad") == "0.5");
}

TEST_CASE("measured vectors are told instead of what they win over") {
  auto g = scan_told();
  g.vectors.resize(3);
  const auto facts = projection::geometry_facts(g);
  CHECK(facts.at("geometry.measured_vectors") == "3");
  CHECK(facts.count("geometry.axis_column") == 0);
}
