// Moving a slice by hand. A drag maps the present cursor ray to a pose, always from the pose at its
// start: thousands of updates add no error, the lengths of both axes stay, and going back to the
// first ray gives back the first pose. Lengths in mm. UI thread; plain values.
#pragma once

#include "viewer/model/camera.h"

namespace slicecast::viewer {

enum class DragMode {
  along_normal,  // plain drag: the grabbed point follows the cursor along the slice's normal
  rotate,        // Shift: tilts about the two in-plane axes nearest to the screen's right and up,
                 // one radian per half diagonal of the slice
  spin,          // Ctrl: turns in its plane, the grabbed point keeps its bearing under the cursor
};

class SliceDrag {
 public:
  // `ray` should meet the slice; otherwise the centre counts as grabbed. `reach_mm` > 0 is how far
  // a plain drag may go either way (the diagonal of the bounding box is a good choice). Nearly
  // face-on a shift along the normal cannot be seen; then cursor up moves the slice away.
  static SliceDrag begin(const Pose& start, const Ray& ray, const ViewBasis& view, DragMode mode,
                         double reach_mm);

  Pose update(const Ray& ray) const;
  const Pose& start() const { return start_; }  // for Escape
  DragMode mode() const { return mode_; }

 private:
  SliceDrag() = default;
  Pose shifted(const Ray& ray) const;
  Pose rotated(const Ray& ray) const;
  Pose spun(const Ray& ray) const;
  double shift_of(const Ray& ray) const;
  double bearing(const Ray& ray) const;
  Vec3 on_screen_plane(const Ray& ray, Vec3 through) const;

  Pose start_;
  DragMode mode_ = DragMode::along_normal;
  ViewBasis view_;
  Vec3 centre_, normal_, grabbed_;
  Vec3 tilt_right_, tilt_up_;  // in-plane axes of `rotate`
  Vec3 first_on_screen_;  // the starting ray on the plane through the centre that faces the eye
  double reach_ = 0;
  double first_bearing_ = 0;
  double first_shift_ = 0;
  bool face_on_ = false, edge_on_ = false;
};

enum class Axis { x, y, z };

// Normal along the axis, centre and extents kept; axes as named poses have them: x: +y, +z;
// y: +x, +z; z: +x, +y.
Pose snapped(const Pose& pose, Axis axis);
// The axis nearest to the normal.
Axis nearest_axis(const Pose& pose);
// `voxels` steps (may be negative or fractional) along the normal, in the sense in which its
// largest component is positive.
Pose stepped(const Pose& pose, double voxels, double voxel_mm);
// What R does: snapped to the nearest axis, centred on `centre`.
Pose recentred(const Pose& pose, Vec3 centre);

}  // namespace slicecast::viewer
