// Draws the selected slice flat, axis2 upward, into a framebuffer that the slice panel shows. UI
// thread, context current.
#pragma once

#include <array>

#include "viewer/app/picture_store.h"
#include "viewer/app/session.h"
#include "viewer/gl/framebuffer.h"
#include "viewer/gl/slice_renderer.h"
#include "viewer/model/plane_view.h"

namespace slicecast::viewer {

class PlaneScene {
 public:
  static Result<PlaneScene> create();

  void draw(Session& session, PictureStore& pictures, PlaneView& view, int width, int height,
            std::int64_t now_ns);
  GLuint texture() const { return target_.colour(); }
  // A or B as it was drawn beside the other last; null: not yet.
  const SliceVersionPtr& compared(SliceHistory::Choice choice) const {
    return compared_[choice == SliceHistory::Choice::a ? 0 : 1].shown();
  }
  // Takes the images to compare that have reached the graphics card. True: draw again.
  bool update(gl::UploadThread& uploads);

 private:
  explicit PlaneScene(gl::SliceRenderer slices) : slices_(std::move(slices)) {}
  // A left and B right at the same zoom. False: they are not both kept, or not asked for.
  bool draw_comparison(Session& session, PictureStore& pictures, PlaneView& view,
                       const SceneSlice& slice, int width, int height);

  gl::SliceRenderer slices_;
  std::array<gl::ImageUpload, 2> compared_;  // A, B
  gl::Framebuffer target_;
  std::string shown_;  // id of the slice; another one is fitted anew
};

}  // namespace slicecast::viewer
