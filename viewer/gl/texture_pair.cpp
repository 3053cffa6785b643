#include "viewer/gl/texture_pair.h"

#include <utility>

namespace slicecast::viewer::gl {

TextureWritePtr TexturePair::next_write(const TextureSize& size, const float* values) {
  if (!back_) back_ = std::make_shared<const Texture>(Texture::make());
  auto write = std::make_shared<TextureWrite>();
  write->texture = back_;
  write->target = target_;
  write->size = size;
  write->new_storage = back_size_ != size;
  write->values = values;
  back_size_ = size;
  return write;
}

void TexturePair::write(const TextureSize& size, const float* values,
                        std::shared_ptr<const void> owner, UploadThread& thread) {
  write_ = next_write(size, values);
  write_->owner = std::move(owner);
  write_->readers = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
  glFlush();  // else nobody else ever sees the fence
  thread.submit(write_);
}

void TexturePair::write_here(const TextureSize& size, const float* values) {
  write_ = next_write(size, values);
  glBindTexture(target_, back_->name());
  if (write_->new_storage) make_storage(*write_);
  if (target_ == GL_TEXTURE_3D)
    glTexSubImage3D(target_, 0, 0, 0, 0, size.columns, size.rows, size.planes, GL_RED, GL_FLOAT,
                    values);
  else
    glTexSubImage2D(target_, 0, 0, 0, size.columns, size.rows, GL_RED, GL_FLOAT, values);
  write_->done = true;
}

bool TexturePair::finished() {
  if (!write_ || !write_->done) return false;
  write_ = nullptr;
  std::swap(front_, back_);
  std::swap(front_size_, back_size_);
  return true;
}

void TexturePair::cancel() {
  if (write_) write_->cancelled = true;
  write_ = nullptr;
}

}  // namespace slicecast::viewer::gl
