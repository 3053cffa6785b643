#include "viewer/app/plane_scene.h"

#include "common/wire/pose.h"
#include "viewer/app/slice_look.h"
#include "viewer/link/frames.h"

namespace slicecast::viewer {
namespace {

constexpr double kUploadMs = 1;

// From framebuffer pixels with the origin at the top left to clip space.
Matrix4 clip_from_pixels(int width, int height) {
  Matrix4 matrix{};
  matrix[0] = 2.0F / static_cast<float>(width);
  matrix[5] = -2.0F / static_cast<float>(height);
  matrix[10] = 1;
  matrix[12] = -1;
  matrix[13] = 1;
  matrix[15] = 1;
  return matrix;
}

}  // namespace

Result<PlaneScene> PlaneScene::create() {
  auto slices = gl::SliceRenderer::create();
  if (!slices) return slices.error();
  return PlaneScene(*std::move(slices));
}

void PlaneScene::draw(Session& session, PictureStore& pictures, PlaneView& view, int width,
                      int height, std::int64_t now_ns) {
  target_.resize(width, height, false);
  target_.bind();
  const bool light = session.layouts.current().theme == Theme::light;
  const float back = light ? 0.86F : 0.06F;
  glClearColor(back, back, back, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  glDisable(GL_DEPTH_TEST);
  const SceneSlice* slice = session.selected();
  if (slice != nullptr && !draw_comparison(session, pictures, view, *slice, width, height)) {
    const SlicePlacing placing =
        plane_placing_of(*slice, pictures.find(slice->id), session, now_ns);
    view.resize(width, height);
    view.set_slice(placing.pose, slice->rows, slice->columns);
    if (shown_ != slice->id) view.fit();
    shown_ = slice->id;
    const Cursor base = view.cursor_at({-0.5, -0.5});
    const Cursor far1 = view.cursor_at({slice->columns - 0.5, -0.5});
    const Cursor far2 = view.cursor_at({-0.5, slice->rows - 0.5});
    gl::SliceLook look = look_of(*slice, placing, session, pictures);
    look.clip_from_drawn = clip_from_pixels(width, height);
    look.drawn = {{base.x, base.y, 0},
                  {far1.x - base.x, far1.y - base.y, 0},
                  {far2.x - base.x, far2.y - base.y, 0}};
    // Square pixels once they are large enough to be counted.
    look.smooth = view.screen_px_per_mm() * geometry::norm(placing.pose.axis1) < 4 * slice->columns;
    slices_.draw(look);
  }
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
}

bool PlaneScene::update(gl::UploadThread& uploads) {
  const gl::UploadBudget budget(kUploadMs);
  bool replaced = false;
  for (gl::ImageUpload& image : compared_) replaced = image.advance(budget, uploads) || replaced;
  return replaced;
}

bool PlaneScene::draw_comparison(Session& session, PictureStore& pictures, PlaneView& view,
                                 const SceneSlice& slice, int width, int height) {
  if (!session.comparison.side_by_side) return false;
  const std::array chosen{session.history.chosen(SliceHistory::Choice::a, slice.id),
                          session.history.chosen(SliceHistory::Choice::b, slice.id)};
  if (!chosen[0] || !chosen[1]) return false;
  for (std::size_t i = 0; i < chosen.size(); ++i) compared_[i].want(chosen[i]);
  update(pictures.uploads());
  const PicturePair pair = picture_pair(width, height);
  view.resize(pair.width, pair.height);
  glEnable(GL_SCISSOR_TEST);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!compared_[i].shown()) continue;
    const auto& header = compared_[i].shown()->header;
    view.set_slice(wire::pose_of(header), slice.rows, slice.columns);
    const int left = static_cast<int>(i) * pair.right, top = static_cast<int>(i) * pair.down;
    glScissor(left, height - top - pair.height, pair.width, pair.height);
    const Cursor base = view.cursor_at({-0.5, -0.5});
    const Cursor far1 = view.cursor_at({slice.columns - 0.5, -0.5});
    const Cursor far2 = view.cursor_at({-0.5, slice.rows - 0.5});
    gl::SliceLook look;
    look.clip_from_drawn = clip_from_pixels(width, height);
    look.drawn = {{base.x + left, base.y + top, 0},
                  {far1.x - base.x, far1.y - base.y, 0},
                  {far2.x - base.x, far2.y - base.y, 0}};
    look.world = wire::pose_of(header);
    look.image = compared_[i].texture();
    look.intensity = session.intensities.of(slice.id);
    look.colours = pictures.colours(session.colours);
    look.field = session.field();
    slices_.draw(look);
  }
  glDisable(GL_SCISSOR_TEST);
  return true;
}

}  // namespace slicecast::viewer
