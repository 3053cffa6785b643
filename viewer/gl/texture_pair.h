// Two textures of one kind: one is shown while the other is written. UI thread, context current.
#pragma once

#include <memory>

#include "viewer/gl/upload_thread.h"

namespace slicecast::viewer::gl {

class TexturePair {
 public:
  explicit TexturePair(GLenum target) : target_(target) {}
  ~TexturePair() { cancel(); }
  TexturePair(TexturePair&&) = default;
  TexturePair& operator=(TexturePair&&) = delete;

  bool writing() const { return write_ != nullptr; }
  // Not while one is under way. Through the upload thread, or at once on this one.
  void write(const TextureSize& size, const void* values, std::shared_ptr<const void> owner,
             UploadThread& thread);
  void write_here(const TextureSize& size, const void* values);
  bool ready() const { return write_ != nullptr && write_->done; }  // to come to the front
  // Whether what was written has just come to the front; true once.
  bool finished();
  GLuint front() const { return front_ ? front_->name() : 0; }

 private:
  TextureWritePtr next_write(const TextureSize& size, const void* values);
  void cancel();
  const GLenum target_;
  std::shared_ptr<const Texture> front_, back_;  // the upload thread may be the last to hold one
  TextureSize front_size_, back_size_;
  TextureWritePtr write_;
};

}  // namespace slicecast::viewer::gl
