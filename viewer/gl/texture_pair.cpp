#include "viewer/gl/texture_pair.h"

#include <utility>

namespace slicecast::viewer::gl {

TextureWritePtr TexturePair::next_write(const TextureSize& size, const void* values) {
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

void TexturePair::write(const TextureSize& size, const void* values,
                        std::shared_ptr<const void> owner, UploadThread& thread) {
  write_ = next_write(size, values);
  write_->owner = std::move(owner);
  write_->readers = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
  glFlush();  // else nobody else ever sees the fence
  thread.submit(write_);
}

void TexturePair::write_here(const TextureSize& size, const void* values) {
  write_ = next_write(size, values);
  glBindTexture(target_, back_->name());
  if (write_->new_storage) make_storage(*write_);
  const std::size_t plane_bytes = size.row_bytes() * static_cast<std::size_t>(size.rows);
  for (int plane = 0; plane < size.planes; ++plane)
    write_rows(
        *write_, plane, 0, size.rows,
        static_cast<const std::byte*>(values) + static_cast<std::size_t>(plane) * plane_bytes);
  write_->done = true;
}

bool TexturePair::finished() {
  if (!ready()) return false;
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
