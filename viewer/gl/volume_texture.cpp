#include "viewer/gl/volume_texture.h"

#include <algorithm>
#include <cstring>

namespace slicecast::viewer::gl {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

}  // namespace

void VolumeTexture::want(const VolumeView& volume, std::shared_ptr<const void> owner) {
  if (owner.get() == newest_) return;
  newest_ = owner.get();
  waiting_ = {volume, std::move(owner)};
}

void VolumeTexture::begin() {
  uploading_ = std::move(waiting_);
  waiting_ = {};
  planes_done_ = 0;
  const VolumeView& volume = uploading_.volume;
  if (!back_) back_ = Texture::make();
  glBindTexture(GL_TEXTURE_3D, back_.name());
  if (back_size_.planes == volume.planes && back_size_.rows == volume.rows &&
      back_size_.columns == volume.columns)
    return;
  back_size_ = volume;
  glTexImage3D(GL_TEXTURE_3D, 0, GL_R32F, volume.columns, volume.rows, volume.planes, 0, GL_RED,
               GL_FLOAT, nullptr);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_3D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  for (const GLenum wrap : {GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T, GL_TEXTURE_WRAP_R})
    glTexParameteri(GL_TEXTURE_3D, wrap, GL_CLAMP_TO_EDGE);
}

bool VolumeTexture::advance(const UploadBudget& budget) {
  while (busy() && !budget.spent()) {
    if (!uploading_.owner) begin();
    const VolumeView& volume = uploading_.volume;
    glBindTexture(GL_TEXTURE_3D, back_.name());
    const std::size_t plane = static_cast<std::size_t>(volume.rows) *
                              static_cast<std::size_t>(volume.columns) * sizeof(float);
    const int at_once = std::max(1, static_cast<int>(kPieceBytes / plane));
    const int count = std::min(at_once, volume.planes - planes_done_);
    const std::size_t bytes = plane * static_cast<std::size_t>(count);
    if (!piece_) piece_ = Buffer::make();
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, piece_.name());
    glBufferData(GL_PIXEL_UNPACK_BUFFER, static_cast<GLsizeiptr>(bytes), nullptr, GL_STREAM_DRAW);
    if (void* mapped = glMapBufferRange(GL_PIXEL_UNPACK_BUFFER, 0, static_cast<GLsizeiptr>(bytes),
                                        GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT)) {
      std::memcpy(mapped,
                  reinterpret_cast<const std::byte*>(volume.voxels) +
                      plane * static_cast<std::size_t>(planes_done_),
                  bytes);
      glUnmapBuffer(GL_PIXEL_UNPACK_BUFFER);
      glTexSubImage3D(GL_TEXTURE_3D, 0, 0, 0, planes_done_, volume.columns, volume.rows, count,
                      GL_RED, GL_FLOAT, nullptr);
    }
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
    planes_done_ += count;
    if (planes_done_ < volume.planes) continue;
    std::swap(front_, back_);
    std::swap(shown_, back_size_);
    shown_ = volume;
    box_ = box_of(volume);
    // The voxels may go; only extents are kept.
    uploading_ = {};
    return true;
  }
  return false;
}

}  // namespace slicecast::viewer::gl
