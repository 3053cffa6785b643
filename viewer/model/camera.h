// An orbit camera about a target, z up, perspective. Angles in rad, lengths in mm, cursor and sizes
// in framebuffer pixels with (0, 0) at the top left corner of the viewport. UI thread.
//
// Conventions: eye = target + distance (cos e cos a, cos e sin a, sin e) for azimuth a and
// elevation e; view space has x to the right, y up, and looks along -z; clip space is GL's (depth
// -1 to 1). Seen along its `face` view a slice has axis1 to the right and axis2 upward.
#pragma once

#include <optional>

#include "viewer/model/space.h"

namespace slicecast::viewer {

// Where the eye is: `plus_x` looks along -x. plus_x shows yz slices upright (+y right, +z up),
// minus_y xz slices, plus_z xy slices; the others are their backs.
enum class View { plus_x, minus_x, plus_y, minus_y, plus_z, minus_z };

struct Cursor {
  double x = 0, y = 0;
};

// Orthonormal, right x up = -forward.
struct ViewBasis {
  Vec3 right, up, forward;
};

class Camera {
 public:
  // Sizes below 1 pixel count as 1.
  void resize(int width_px, int height_px);

  // An oblique view from front, right and above in which the whole box is seen. A box without
  // extent counts as one of 1 mm. The box also sets how near and far zooming goes. Everything stays
  // in view when viewport or bounds change, until somebody pans or zooms.
  void reset(const Box& box);
  // Keeps the view, takes the new limits; for a field of view that changes while people look.
  void set_bounds(const Box& box);

  // By a cursor movement; the scene follows the cursor. A height of the viewport is half a turn.
  // The elevation ends at the poles.
  void orbit(double dx_px, double dy_px);
  // The point of the target's plane under the cursor stays under it.
  void pan(double dx_px, double dy_px);
  // steps > 0 zooms in, 15 % nearer each. The world point under the cursor stays under it: `held`
  // (what was picked there), else where the ray meets the plane through the target facing the eye.
  void zoom_at(Cursor cursor, double steps, std::optional<Vec3> held = std::nullopt);
  // Looks along an axis; target and distance stay.
  void look_from(View view);
  // Looks at the front of a slice (against its normal) with all of it in view. A slice whose axis2
  // would then not be drawn upward, because z must be, is seen as near to it as z up allows.
  void face(const Pose& slice);

  Matrix4 view() const;
  Matrix4 projection() const;
  Ray ray_through(Cursor cursor) const;
  // Where a world point is drawn; nullopt behind the eye and for what is no place. May lie outside
  // of the viewport.
  std::optional<Cursor> cursor_of(Vec3 point) const;
  // Length of a framebuffer pixel at the depth of `point`.
  double mm_per_pixel(Vec3 point) const;

  ViewBasis basis() const;
  Vec3 eye() const;
  Vec3 target() const { return target_; }
  double distance_mm() const { return distance_; }
  double azimuth_rad() const { return azimuth_; }
  double elevation_rad() const { return elevation_; }
  int width_px() const { return width_; }
  int height_px() const { return height_; }

 private:
  void frame(const Vec3& centre, double radius);
  double focal_px() const;

  bool framed_ = false;  // shows everything since reset(), until somebody pans or zooms
  Vec3 target_;
  double distance_ = 4;
  double azimuth_ = 0, elevation_ = 0;
  int width_ = 1, height_ = 1;
  Vec3 bounds_centre_;
  double bounds_radius_ = 1;
};

}  // namespace slicecast::viewer
