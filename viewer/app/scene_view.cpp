#include "viewer/app/scene_view.h"

#include <algorithm>

#include "common/base/clock.h"

namespace slicecast::viewer {
namespace {

// Lines on one background.
struct LineColours {
  Rgba8 box, border, selected, wanted, beam;
};
constexpr LineColours kOnDark{{130, 130, 140, 160},
                              {150, 150, 160, 255},
                              {255, 200, 60, 255},
                              {255, 165, 25, 255},
                              {255, 225, 120, 140}};
constexpr LineColours kOnLight{{110, 110, 120, 170},
                               {95, 95, 105, 255},
                               {190, 105, 0, 255},
                               {215, 80, 0, 255},
                               {150, 110, 0, 200}};
constexpr Rgba8 kAxisColours[] = {{235, 90, 90, 255}, {95, 205, 95, 255}, {95, 145, 255, 255}};

const LineColours& colours_of(const Session& session) {
  return session.layouts.current().theme == Theme::light ? kOnLight : kOnDark;
}

Rgba8 border_colour(const SceneSlice& slice, const Session& session, SlicePlacing::Kind kind) {
  const LineColours& colours = colours_of(session);
  if (kind == SlicePlacing::Kind::stand_in || kind == SlicePlacing::Kind::empty)
    return colours.wanted;
  return slice.id == session.slices.selected() ? colours.selected : colours.border;
}

}  // namespace

Result<DetectorView> detector_of(const Session& session) {
  const SessionFacts& facts = *session.facts();
  const ServiceReport* server = session.report ? session.report->of_kind("projection") : nullptr;
  const auto parameters =
      server != nullptr ? facts.parameters.find(server->service.name()) : facts.parameters.end();
  return detector_view(
      facts.geometry, parameters != facts.parameters.end() ? parameters->second : v1::Parameters());
}

SceneView::SceneView(gl::SliceRenderer slices, gl::LineRenderer lines, gl::VolumeRenderer volumes,
                     gl::MeshRenderer meshes)
    : slices_(std::move(slices)),
      lines_(std::move(lines)),
      volumes_(std::move(volumes)),
      meshes_(std::move(meshes)) {}

Result<SceneView> SceneView::create() {
  auto slices = gl::SliceRenderer::create();
  if (!slices) return slices.error();
  auto lines = gl::LineRenderer::create();
  if (!lines) return lines.error();
  auto volumes = gl::VolumeRenderer::create();
  if (!volumes) return volumes.error();
  auto meshes = gl::MeshRenderer::create();
  if (!meshes) return meshes.error();
  return SceneView(*std::move(slices), *std::move(lines), *std::move(volumes), *std::move(meshes));
}

std::optional<double> SceneView::draw(Session& session, PictureStore& pictures, int width,
                                      int height, int reduction) {
  target_.resize(width, height, true);
  target_.bind();
  const bool light = session.layouts.current().theme == Theme::light;
  const float back = light ? 0.86F : 0.085F;
  glClearColor(back, back, back + 0.015F, 1);
  glDepthMask(GL_TRUE);
  glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
  session.camera.resize(width, height);
  clip_from_world_ = gl::product(session.camera.projection(), session.camera.view());
  glEnable(GL_DEPTH_TEST);
  for (const auto& slice : session.slices.slices()) draw_slice(slice, session, pictures);
  if (session.choices.iso_surface)
    meshes_.draw(pictures.mesh(), {clip_from_world_, session.camera.eye()});
  if (session.choices.projection) add_projection(session, pictures);
  add_lines(session, pictures);
  lines_.draw(clip_from_world_);
  glDisable(GL_DEPTH_TEST);
  std::optional<double> volume_ms;
  if (session.choices.volume && pictures.volume().texture() != 0)
    volume_ms = draw_volume(session, pictures, reduction);
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  return volume_ms;
}

void SceneView::draw_slice(const SceneSlice& slice, Session& session, PictureStore& pictures) {
  const SlicePlacing placing = scene_placing_of(slice, pictures.find(slice.id), session);
  gl::SliceLook look = look_of(slice, placing, session, pictures);
  look.clip_from_drawn = clip_from_world_;
  look.drawn = placing.pose;
  slices_.draw(look);
  lines_.add_border(placing.pose, border_colour(slice, session, placing.kind));
  // Where the slice is wanted, while the picture is one of a moment ago.
  if (!same_pose(placing.pose, slice.pose))
    lines_.add_border(slice.pose, colours_of(session).wanted);
}

void SceneView::add_lines(const Session& session, const PictureStore&) {
  const Box box = session.bounds();
  const LineColours& colours = colours_of(session);
  if (session.choices.box) {
    lines_.add_box(box, colours.box);
    if (const auto field = session.field()) lines_.add_cylinder(*field, colours.box);
  }
  if (session.choices.axes) {
    const double length = 0.15 * diagonal_of(box);
    const Vec3 ends[] = {{length, 0, 0}, {0, length, 0}, {0, 0, length}};
    for (std::size_t i = 0; i < 3; ++i) lines_.add(box.low, box.low + ends[i], kAxisColours[i]);
  }
  if (session.cursor) {
    const double arm = 0.02 * diagonal_of(box);
    const Vec3 arms[] = {{arm, 0, 0}, {0, arm, 0}, {0, 0, arm}};
    for (const Vec3& a : arms)
      lines_.add(*session.cursor - a, *session.cursor + a, colours.selected);
  }
}

// The newest projection stands behind the sample as the source sees it, with the beam through it.
void SceneView::add_projection(Session& session, PictureStore& pictures) {
  if (!session.thumbnail || pictures.projection().texture() == 0) return;
  const auto field = session.field();
  const auto detector = detector_of(session);
  if (!field || !detector) return;
  const BeamView beam = beam_view(*detector, session.thumbnail->header.angle_rad(), *field);
  gl::SliceLook look;
  look.clip_from_drawn = clip_from_world_;
  look.drawn = look.world = beam.image;
  look.image = pictures.projection().texture();
  look.intensity = {session.thumbnail->minimum, session.thumbnail->maximum, Scale::linear, 1};
  look.colours = pictures.colours(session.colours);
  look.hide_outside = false;
  slices_.draw(look);
  const Rgba8 tint = colours_of(session).beam;
  lines_.add_border(beam.image, tint);
  for (const auto& [from, to] : beam.rays) lines_.add(from, to, tint);
}

double SceneView::draw_volume(Session& session, PictureStore& pictures, int reduction) {
  gl::VolumeLook look;
  look.clip_from_world = clip_from_world_;
  look.world_from_clip = gl::inverse_of(clip_from_world_);
  look.eye = session.camera.eye();
  look.volume = {pictures.volume().texture(), pictures.volume().box()};
  look.voxel_mm = pictures.volume().shown().voxel_mm;
  look.field = session.field();
  look.transfer = pictures.transfer(session.transfer);
  look.intensity = session.intensities.of(kPreviewIntensity);
  look.reduction = reduction;
  // Waits for the driver, so that the next one can be sized by what this one took.
  const std::int64_t begin = steady_now_ns();
  volumes_.draw(look, target_);
  glFinish();
  return 1e-6 * static_cast<double>(steady_now_ns() - begin);
}

}  // namespace slicecast::viewer
