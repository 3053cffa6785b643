// What is on the graphics card: one image per slice, its overlay, the preview volume, the
// projection, colour tables. Everything large is uploaded within a budget of time per frame. UI
// thread, context current.
#pragma once

#include <map>
#include <string>

#include "viewer/app/session.h"
#include "viewer/gl/colour_texture.h"
#include "viewer/gl/image_upload.h"
#include "viewer/gl/label_upload.h"
#include "viewer/gl/mesh_upload.h"
#include "viewer/gl/slice_renderer.h"
#include "viewer/gl/volume_texture.h"

namespace slicecast::viewer {

struct SlicePicture {
  gl::ImageUpload image;
  gl::LabelUpload labels;
  ShownSlice wanted;
  // What lies over the image on the card: only what was computed from it. Null: nothing.
  OverlayImagePtr overlay() const;
  bool overlay_matches() const { return overlay() != nullptr; }
  // Starts what waits and takes what is there. An overlay comes to the front with its image, so
  // that neither is seen alone on the way. True: another image has come to the front.
  bool advance(const gl::UploadBudget& budget, gl::UploadThread& thread);

 private:
  bool take_finished();
};

class PictureStore {
 public:
  // `uploads` must outlive the store.
  explicit PictureStore(gl::UploadThread& uploads) : uploads_(uploads) {}
  // Takes over what the session wants to show and what has been uploaded. True: something on the
  // screen changed.
  bool update(Session& session, std::int64_t now_ns);
  bool busy() const;                             // uploads are under way
  bool copying() const { return mesh_.busy(); }  // a piece per frame, by the UI thread
  bool uploading() const;                        // of slices
  gl::UploadThread& uploads() const { return uploads_; }

  const SlicePicture* find(const std::string& slice) const;
  const gl::VolumeTexture& volume() const { return volume_; }
  const gl::ImageUpload& projection() const { return projection_; }
  const gl::MeshBuffers& mesh() const { return mesh_.buffers(); }  // the iso-surface
  GLuint colours(ColourChoice choice);
  GLuint transfer(const TransferCurve& curve);
  // What lies over the image that is shown; none when it is of another image.
  std::optional<gl::OverlaySource> overlay(const Session& session, const SlicePicture& picture);
  double upload_ms() const { return upload_ms_; }  // of the last update

 private:
  void want_projection(const Session& session);
  gl::UploadThread& uploads_;
  GLuint palette(const std::string& name, const Producer& producer);
  std::map<std::string, SlicePicture> slices_;
  gl::VolumeTexture volume_;
  gl::MeshUpload mesh_;
  gl::ImageUpload projection_;
  ThumbnailFramePtr projection_frame_;
  gl::ColourTexture colours_, transfer_;
  std::map<std::string, gl::PaletteTexture> palettes_;
  std::optional<ColourChoice> colours_choice_;
  std::vector<TransferPoint> transfer_points_;
  std::size_t turn_ = 0;  // slices take turns to be first
  double upload_ms_ = 0;
};

}  // namespace slicecast::viewer
