// What is on the graphics card: one image per slice, its overlay, the preview volume, the
// projection, colour tables. Everything large is uploaded within a budget of time per frame. UI
// thread, context current.
#pragma once

#include <map>
#include <string>

#include "viewer/app/session.h"
#include "viewer/gl/colour_texture.h"
#include "viewer/gl/image_upload.h"
#include "viewer/gl/label_texture.h"
#include "viewer/gl/slice_renderer.h"
#include "viewer/gl/volume_texture.h"

namespace slicecast::viewer {

struct SlicePicture {
  gl::ImageUpload image;
  gl::LabelTexture labels;
  ShownSlice wanted;
  // The overlay belongs to the image on the card: only then is it drawn.
  bool overlay_matches() const;
};

class PictureStore {
 public:
  // `uploads` must outlive the store.
  explicit PictureStore(gl::UploadThread& uploads) : uploads_(uploads) {}
  // Takes over what the session wants to show and what has been uploaded. True: something on the
  // screen changed.
  bool update(Session& session, std::int64_t now_ns);
  bool busy() const;       // uploads are under way
  bool uploading() const;  // of slices
  gl::UploadThread& uploads() const { return uploads_; }

  const SlicePicture* find(const std::string& slice) const;
  const gl::VolumeTexture& volume() const { return volume_; }
  const gl::ImageUpload& projection() const { return projection_; }
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
