#include <catch2/catch.hpp>
#include <cmath>

#include "viewer/model/beam_view.h"

using namespace slicecast;
using namespace slicecast::viewer;
using Catch::Matchers::Contains;

namespace {

using Facts = std::map<std::string, std::string>;

const Facts kParallel{{"beam", "parallel"},
                      {"rows", "64"},
                      {"columns", "128"},
                      {"pixel_mm", "0.5"},
                      {"axis_column", "63.5"}};

Facts with(Facts facts, const Facts& more) {
  for (const auto& [name, text] : more) facts[name] = text;
  return facts;
}

Facts cone(const Facts& more = {}) {
  return with(with(kParallel, {{"beam", "cone"},
                               {"source_axis_mm", "200"},
                               {"source_detector_mm", "600"},
                               {"principal_column", "63.5"},
                               {"principal_row", "31.5"}}),
              more);
}

v1::Parameters region(std::initializer_list<double> four) {
  v1::Parameters parameters;
  auto& parameter = *parameters.add_parameters();
  parameter.set_name("roi");
  for (const double one : four) parameter.mutable_value()->mutable_reals()->add_values(one);
  return parameters;
}

// Where on the image, in pixels of its region, the ray that passes through the point ends.
std::array<double, 2> pixel_on(const BeamView& view, const DetectorView& detector, double angle,
                               Vec3 point) {
  const auto projection = geometry::projection_at(detector.geometry, angle);
  const bool parallel = detector.geometry.beam == geometry::Beam::parallel;
  const Vec3 along = parallel ? projection.source : point - projection.source;
  const Pose& image = view.image;
  const Vec3 normal = cross(image.axis1, image.axis2);
  const Vec3 end = point + (dot(image.base - point, normal) / dot(along, normal)) * along;
  const Vec3 off = end - image.base;
  return {dot(off, image.axis1) / dot(image.axis1, image.axis1) * detector.region.columns - 0.5,
          dot(off, image.axis2) / dot(image.axis2, image.axis2) * detector.region.rows - 0.5};
}

const geometry::FieldOfView kField{15, -8, 8};

}  // namespace

TEST_CASE("a beam that is not known is refused with why") {
  const auto why = [](const Facts& facts) {
    const auto made = detector_view(facts, {});
    REQUIRE_FALSE(made);
    return made.error().message;
  };
  CHECK_THAT(why({}), Contains("once the projection server tells"));
  CHECK_THAT(why({{"beam", "parallel"}, {"rows", "many"}, {"columns", "3"}}),
             Contains("once the projection server tells"));
  CHECK_THAT(why({{"beam", "parallel"}, {"measured_vectors", "90"}}), Contains("measured vector"));
  CHECK_THAT(why(with(kParallel, {{"beam", "cone"}})), Contains("not drawn"));
}

TEST_CASE("every pixel of the image stands on the ray that it saw") {
  const Facts scans[] = {kParallel,
                         with(kParallel, {{"axis_column", "20.25"}}),
                         with(kParallel, {{"tilt_rad", "0.5"}, {"roll_rad", "0.02"}}),
                         with(kParallel, {{"rotation_sense", "-1"}}),
                         cone(),
                         cone({{"axis_column", "30"}, {"principal_column", "70"}}),
                         cone({{"tilt_rad", "0.4"}, {"principal_row", "10"}}),
                         cone({{"roll_rad", "0.05"}, {"source_detector_mm", "210"}})};
  for (const Facts& facts : scans) {
    for (const auto& parameters : {v1::Parameters(), region({8, 16, 40, 64}), region({})}) {
      const auto detector = detector_view(facts, parameters);
      REQUIRE(detector);
      const DetectorRegion& part = detector->region;
      for (const double angle : {0.0, 0.7, 3.0}) {
        const BeamView view = beam_view(*detector, angle, kField);
        const auto projection = geometry::projection_at(detector->geometry, angle);
        for (const Vec3& point : {Vec3{0, 0, 0}, Vec3{9, -4, 3}, Vec3{-6, 8, -7}}) {
          const auto seen = geometry::project(projection.matrix, point);
          const auto pixel = pixel_on(view, *detector, angle, point);
          CHECK(pixel[0] == Approx(seen.u - part.first_column).margin(1e-6));
          CHECK(pixel[1] == Approx(seen.v - part.first_row).margin(1e-6));
        }
      }
    }
  }
}

TEST_CASE("the image stands behind the sample and its rays pass the sample") {
  for (const Facts& facts : {kParallel, cone(), with(kParallel, {{"axis_column", "10"}})}) {
    const auto detector = detector_view(facts, {});
    REQUIRE(detector);
    const BeamView view = beam_view(*detector, 0.3, kField);
    const Vec3 beam{-std::sin(0.3), std::cos(0.3), 0};
    const Vec3 corners[] = {view.image.base, view.image.base + view.image.axis1,
                            view.image.base + view.image.axis2,
                            view.image.base + view.image.axis1 + view.image.axis2};
    for (const Vec3& corner : corners) CHECK(dot(corner, beam) > kField.radius_mm);
    REQUIRE(view.rays.size() == 4);
    for (const auto& [from, to] : view.rays) CHECK(dot(to, beam) < -kField.radius_mm);
  }
}

TEST_CASE("a detector nearer than the image would stand is where it is") {
  const auto detector = detector_view(cone({{"source_detector_mm", "210"}}), {});
  REQUIRE(detector);
  const BeamView view = beam_view(*detector, 0, kField);
  CHECK(norm(view.image.axis1) == Approx(128 * 0.5));
}

TEST_CASE("scans without a pixel size are placed in pixels") {
  const Facts facts{{"beam", "cone"},          {"rows", "64"},
                    {"columns", "128"},        {"pixel_size", "unknown"},
                    {"source_axis_px", "400"}, {"source_detector_px", "420"},
                    {"axis_column", "63.5"},   {"principal_column", "63.5"},
                    {"principal_row", "31.5"}};
  const auto detector = detector_view(facts, {});
  REQUIRE(detector);
  CHECK(norm(beam_view(*detector, 0, kField).image.axis1) == Approx(128));
}
