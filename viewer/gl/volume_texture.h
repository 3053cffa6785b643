// The preview volume on the graphics card, copied there by the upload thread. UI thread, context
// current.
#pragma once

#include <memory>

#include "viewer/gl/texture_pair.h"
#include "viewer/model/volume_view.h"

namespace slicecast::viewer::gl {

class VolumeTexture {
 public:
  // `owner` keeps the voxels alive until they are uploaded. Only the newest waits.
  void want(const VolumeView& volume, std::shared_ptr<const void> owner);
  // True: another volume has come to the front.
  bool advance(UploadThread& thread);
  bool busy() const { return uploading_.owner != nullptr || waiting_.owner != nullptr; }

  GLuint texture() const { return shown_.empty() ? 0 : textures_.front(); }
  const VolumeView& shown() const { return shown_; }  // without voxels: extents only
  Box box() const { return box_; }

 private:
  struct Source {
    VolumeView volume;
    std::shared_ptr<const void> owner;
  };
  TexturePair textures_{GL_TEXTURE_3D};
  VolumeView shown_;
  Box box_;
  Source uploading_, waiting_;
  const void* newest_ = nullptr;
};

}  // namespace slicecast::viewer::gl
