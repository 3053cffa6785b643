// The class indices of one overlay, or the steps of its values, on the graphics card, replaced as a
// whole as slices are: small ones at once, large ones by the upload thread. UI thread, context
// current.
#pragma once

#include <string>

#include "viewer/gl/image_upload.h"
#include "viewer/model/overlay_match.h"

namespace slicecast::viewer::gl {

class LabelUpload {
 public:
  // Must have passed check_overlay(), values in_steps() as well. Null: nothing new is wanted.
  void want(OverlayImagePtr overlay, const std::string& service);
  void begin(const UploadBudget& budget, UploadThread& thread);
  bool ready() const { return textures_.ready(); }  // to come to the front
  bool take_finished();                             // True: another one has come to the front
  bool busy() const { return uploading_.overlay != nullptr || waiting_.overlay != nullptr; }

  const OverlayImagePtr& shown() const { return shown_.overlay; }  // null: none yet
  const std::string& service() const { return shown_.service; }    // that made it
  const OverlayImagePtr& uploading() const { return uploading_.overlay; }
  const OverlayImagePtr& waiting() const { return waiting_.overlay; }
  GLuint texture() const { return textures_.front(); }

 private:
  struct Source {
    OverlayImagePtr overlay;
    std::string service;
  };
  TexturePair textures_{GL_TEXTURE_2D};
  Source shown_, uploading_, waiting_;
};

}  // namespace slicecast::viewer::gl
