#include "plugins/segmentation/training/labelled_slice.h"

#include <cmath>
#include <numbers>

#include "plugins/segmentation/training/draws.h"

namespace slicecast::training {
namespace {

using geometry::Vec3;
using std::numbers::pi;
constexpr double kReachAcross = 0.6, kReachAlong = 0.7;  // of the field of view
constexpr std::uint32_t kFirstPoseStream = 16;

struct Directions {
  Vec3 right, up;
};

// Uniform over all rotations (K. Shoemake, "Uniform random rotations", Graphics Gems III, 1992).
Directions random_directions(Draws& draws) {
  const double u = draws.between(0, 1);
  const double a = draws.between(0, 2 * pi), b = draws.between(0, 2 * pi);
  const double x = std::sqrt(1 - u) * std::sin(a), y = std::sqrt(1 - u) * std::cos(a);
  const double z = std::sqrt(u) * std::sin(b), w = std::sqrt(u) * std::cos(b);
  return {{1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)},
          {2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)}};
}

Directions axis_directions(Draws& draws) {
  constexpr Vec3 x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
  constexpr Directions kAll[] = {{x, y}, {x, z}, {y, z}};
  return kAll[draws.below(3)];
}

// The body that was added last covers those before it: container, gel, bubbles.
class Truth {
 public:
  explicit Truth(const GelScan& scan) : field_(scan.filtered.field) {
    for (const auto& body : scan.sample.bodies)
      bodies_.emplace_back(phantom::at_time(body, scan.middle_s));
  }

  Label at(Vec3 p) const {
    const double slack = 1e-6 * field_.radius_mm;  // as reconstruct() masks
    const double radius = field_.radius_mm + slack;
    if (p.x * p.x + p.y * p.y > radius * radius || p.z < field_.z_min_mm - slack ||
        p.z > field_.z_max_mm + slack)
      return Label::unseen;
    for (std::size_t i = bodies_.size(); i-- > 0;) {
      const Vec3 q = bodies_[i].point(p);
      if (geometry::dot(q, q) > 1) continue;
      return i == 0 ? Label::container : i == 1 ? Label::gel : Label::bubble;
    }
    return Label::outside;
  }

 private:
  geometry::FieldOfView field_;
  std::vector<phantom::UnitMap> bodies_;
};

}  // namespace

geometry::Pose random_pose(const geometry::FieldOfView& field, Orientation orientation, int pixels,
                           double pixel_mm, std::uint64_t seed, std::uint32_t n) {
  Draws draws(seed, kFirstPoseStream + n);
  const Directions turned =
      orientation == Orientation::random ? random_directions(draws) : axis_directions(draws);
  const double distance = kReachAcross * field.radius_mm * std::sqrt(draws.between(0, 1));
  const double angle = draws.between(0, 2 * pi);
  const double half_height = (field.z_max_mm - field.z_min_mm) / 2;
  const Vec3 middle{distance * std::cos(angle), distance * std::sin(angle),
                    field.z_min_mm + half_height * (1 + kReachAlong * draws.between(-1, 1))};
  const Vec3 right = turned.right * (pixels * pixel_mm), up = turned.up * (pixels * pixel_mm);
  return {middle - right * 0.5 - up * 0.5, right, up};
}

LabelledSlice labelled_slice(const GelScan& scan, const geometry::Pose& pose, int rows,
                             int columns) {
  const auto grid = geometry::grid_of(pose, rows, columns);
  LabelledSlice slice{pose, rows, columns, {}, {}};
  const auto pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  slice.values.resize(pixels);
  offline::reconstruct(scan.filtered, grid, slice.values.data());
  slice.labels.reserve(pixels);
  const Truth truth(scan);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      slice.labels.push_back(truth.at(geometry::point_at(grid, 0, r, c)));
  return slice;
}

}  // namespace slicecast::training
