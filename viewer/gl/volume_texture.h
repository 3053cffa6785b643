// The preview volume on the graphics card, uploaded plane by plane within the frame's budget. UI
// thread, context current.
#pragma once

#include <memory>

#include "viewer/gl/image_upload.h"
#include "viewer/model/volume_view.h"

namespace slicecast::viewer::gl {

class VolumeTexture {
 public:
  // `owner` keeps the voxels alive until they are uploaded. Only the newest waits.
  void want(const VolumeView& volume, std::shared_ptr<const void> owner);
  // True: another volume has come to the front.
  bool advance(const UploadBudget& budget);
  bool busy() const { return uploading_.owner != nullptr || waiting_.owner != nullptr; }

  GLuint texture() const { return shown_.empty() ? 0 : front_.name(); }
  const VolumeView& shown() const { return shown_; }  // without voxels: extents only
  Box box() const { return box_; }

 private:
  struct Source {
    VolumeView volume;
    std::shared_ptr<const void> owner;
  };
  void begin();
  Texture front_, back_;
  VolumeView shown_, back_size_;
  Box box_;
  Buffer piece_;
  Source uploading_, waiting_;
  const void* newest_ = nullptr;
  int planes_done_ = 0;
};

}  // namespace slicecast::viewer::gl
