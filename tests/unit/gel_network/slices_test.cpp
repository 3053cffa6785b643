#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "common/config/program.h"
#include "plugins/segmentation/training/labelled_slice.h"
#include "services/source/options.h"
#include "services/source/simulated_content.h"

using namespace slicecast;
using namespace slicecast::training;

namespace {

Label label_at(const LabelledSlice& slice, int row, int column) {
  return slice.labels[static_cast<std::size_t>(row * slice.columns + column)];
}

geometry::Pose level_pose(geometry::Vec3 middle, double width) {
  const geometry::Vec3 right{width, 0, 0}, up{0, width, 0};
  return {middle - right * 0.5 - up * 0.5, right, up};
}

}  // namespace

TEST_CASE("A scan without photons is refused") {
  Variation dark;
  dark.incident_counts = 0;
  const auto scan = simulate(dark);
  REQUIRE_FALSE(scan);
  CHECK(scan.error().code == Errc::invalid_argument);
}

TEST_CASE("An unvaried scan is what slicecast-source streams by itself, bit for bit") {
  config::Settings settings(config::with_common(source::source_options(), "source"));
  const Variation variation = usual(7);
  REQUIRE(settings.set("seed", std::int64_t{7}));
  const auto content = source::make_simulated_content(settings);
  REQUIRE(content);
  const auto frames = frames_of(variation);
  REQUIRE(frames);
  CHECK((*content)->projections() == static_cast<std::uint64_t>(kProjections));
  CHECK((*content)->darks() == frames->darks);
  CHECK((*content)->flats() == frames->flats);
  std::vector<std::byte> raw(frames->frame_bytes());
  const auto same = [&](io::FrameKind kind, ingest::FrameKind streamed, std::uint64_t index,
                        std::uint32_t in_window) {
    const auto image = (*content)->image(streamed, index);
    REQUIRE(image);
    REQUIRE(frames->read({kind, in_window}, raw));
    CHECK(std::equal(raw.begin(), raw.end(), (*image)->as<std::byte>()));
  };
  for (const std::uint32_t i : {0U, 17U, 59U}) {
    const auto projection = variation.first_projection + i;
    CHECK((*content)->angle_of(projection) == Approx(frames->angles_rad[i]).epsilon(1e-12));
    same(io::FrameKind::projection, ingest::FrameKind::projection, projection, i);
  }
  same(io::FrameKind::dark, ingest::FrameKind::dark, 3, 3);
  same(io::FrameKind::flat, ingest::FrameKind::flat, 9, 9);
}

TEST_CASE("A pixel is what the sample is there at the middle of the window") {
  const auto scan = simulate(usual(11));
  REQUIRE(scan);
  // The bubble nearest to mid-height, where it then is.
  phantom::Ellipsoid bubble;
  double nearest = 1e9;
  for (std::size_t i = 2; i < scan->sample.bodies.size(); ++i) {
    const auto body = phantom::at_time(scan->sample.bodies[i], scan->middle_s);
    if (std::abs(body.centre.z) >= nearest) continue;
    nearest = std::abs(body.centre.z);
    bubble = body;
  }
  const double radius = bubble.semi_axes.x;
  const auto slice = labelled_slice(*scan, level_pose(bubble.centre, 4 * radius), 201, 201);
  CHECK(label_at(slice, 100, 100) == Label::bubble);
  CHECK(label_at(slice, 100, 100 + 49) == Label::bubble);
  CHECK(label_at(slice, 100, 100 + 52) == Label::gel);
  CHECK(label_at(slice, 100 - 49, 100) == Label::bubble);
  CHECK(label_at(slice, 100 - 52, 100) == Label::gel);

  const auto& field = scan->filtered.field;
  const auto whole = labelled_slice(*scan, level_pose({}, 2.02 * field.radius_mm), 404, 404);
  CHECK(label_at(whole, 202, 0) == Label::unseen);
  CHECK(label_at(whole, 202, 4) == Label::outside);  // 0.99 radii
  const auto at = [&](double radii) {
    return 202 + static_cast<int>(radii * field.radius_mm / 2.02 / field.radius_mm * 404);
  };
  CHECK(label_at(whole, 202, at(0.85)) == Label::outside);
  CHECK(label_at(whole, 202, at(0.776)) == Label::container);  // from 0.752 to 0.8
  const auto mean_of = [&](Label label) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < whole.labels.size(); ++i)
      if (whole.labels[i] == label) sum += double(whole.values[i]), ++count;
    REQUIRE(count > 0);
    return sum / count;
  };
  const double gel = scan->sample.bodies[0].attenuation_per_mm / 1.5;
  CHECK(mean_of(Label::gel) == Approx(gel).epsilon(0.02));
  CHECK(mean_of(Label::container) == Approx(1.5 * gel).epsilon(0.06));
  CHECK(std::abs(mean_of(Label::outside)) < 0.05 * gel);
  CHECK(mean_of(Label::unseen) == 0);
}

TEST_CASE(
    "Poses are square, of the pixel asked for, within the field, and repeat with their seed") {
  const geometry::FieldOfView field{80, -60, 60};
  for (const auto orientation : {Orientation::random, Orientation::axis_aligned}) {
    std::set<double> heights;
    for (std::uint32_t n = 0; n < 50; ++n) {
      const auto pose = random_pose(field, orientation, 512, 0.3, 5, n);
      CHECK(geometry::norm(pose.axis1) == Approx(512 * 0.3));
      CHECK(geometry::norm(pose.axis2) == Approx(512 * 0.3));
      CHECK(geometry::dot(pose.axis1, pose.axis2) == Approx(0).margin(1e-9));
      const auto middle = pose.base + (pose.axis1 + pose.axis2) * 0.5;
      CHECK(std::hypot(middle.x, middle.y) <= 0.6 * field.radius_mm + 1e-9);
      CHECK(std::abs(middle.z) <= 0.7 * 60 + 1e-9);
      const auto normal = geometry::cross(pose.axis1, pose.axis2) * (1 / (153.6 * 153.6));
      const double along = std::max({std::abs(normal.x), std::abs(normal.y), std::abs(normal.z)});
      if (orientation == Orientation::axis_aligned) CHECK(along == Approx(1));
      heights.insert(middle.z);
      CHECK(random_pose(field, orientation, 512, 0.3, 5, n).base.z == pose.base.z);
    }
    CHECK(heights.size() == 50);
  }
}

TEST_CASE("Bubbles of varied scans stay apart and off the container") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto sample = simulate(varied(seed));
    REQUIRE(sample);
    const auto& bodies = sample->sample.bodies;
    REQUIRE(bodies.size() > 2);
    const double gel_radius = bodies[1].semi_axes.x;
    for (std::size_t i = 2; i < bodies.size(); ++i) {
      const auto a = phantom::at_time(bodies[i], sample->middle_s);
      CHECK(std::hypot(a.centre.x, a.centre.y) + a.semi_axes.x < gel_radius);
      for (std::size_t j = 2; j < i; ++j) {
        const auto b = phantom::at_time(bodies[j], sample->middle_s);
        CHECK(geometry::norm(a.centre - b.centre) > a.semi_axes.x + b.semi_axes.x);
      }
    }
  }
}
