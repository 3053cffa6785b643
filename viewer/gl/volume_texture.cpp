#include "viewer/gl/volume_texture.h"

#include <utility>

namespace slicecast::viewer::gl {

void VolumeTexture::want(const VolumeView& volume, std::shared_ptr<const void> owner) {
  if (owner.get() == newest_) return;
  newest_ = owner.get();
  waiting_ = {volume, std::move(owner)};
}

bool VolumeTexture::advance(UploadThread& thread) {
  const bool replaced = textures_.finished();
  if (replaced) {
    shown_ = uploading_.volume;
    box_ = box_of(shown_);
    // The voxels may go; only extents are kept.
    uploading_ = {};
  }
  if (textures_.writing() || !waiting_.owner) return replaced;
  uploading_ = std::exchange(waiting_, {});
  const VolumeView& volume = uploading_.volume;
  textures_.write({volume.columns, volume.rows, volume.planes}, volume.voxels, uploading_.owner,
                  thread);
  return replaced;
}

}  // namespace slicecast::viewer::gl
