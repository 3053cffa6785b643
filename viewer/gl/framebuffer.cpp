#include "viewer/gl/framebuffer.h"

#include <algorithm>

#include "viewer/model/thread_roles.h"

namespace slicecast::viewer::gl {
namespace {

void texture_storage(GLuint name, GLint format, int width, int height, GLenum channels,
                     GLenum type) {
  glBindTexture(GL_TEXTURE_2D, name);
  glTexImage2D(GL_TEXTURE_2D, 0, format, width, height, 0, channels, type, nullptr);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

}  // namespace

void Framebuffer::resize(int width, int height, bool with_depth) {
  width = std::max(width, 1);
  height = std::max(height, 1);
  if (name_ && width == width_ && height == height_) return;
  width_ = width;
  height_ = height;
  if (!name_) {
    name_ = FramebufferName::make();
    colour_ = Texture::make();
    if (with_depth) depth_ = Texture::make();
  }
  texture_storage(colour_.name(), GL_RGBA8, width, height, GL_RGBA, GL_UNSIGNED_BYTE);
  glBindFramebuffer(GL_FRAMEBUFFER, name_.name());
  glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, colour_.name(), 0);
  if (!depth_) return;
  texture_storage(depth_.name(), GL_DEPTH_COMPONENT24, width, height, GL_DEPTH_COMPONENT,
                  GL_UNSIGNED_INT);
  glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D, depth_.name(), 0);
}

void Framebuffer::bind() const {
  note_job(Job::drawing);
  glBindFramebuffer(GL_FRAMEBUFFER, name_.name());
  glViewport(0, 0, width_, height_);
}

RgbImage read_back(int width, int height) {
  RgbImage image{width, height, {}};
  const std::size_t row = static_cast<std::size_t>(width) * 3;
  std::vector<std::uint8_t> upside_down(row * static_cast<std::size_t>(height));
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, upside_down.data());
  image.pixels.reserve(upside_down.size());
  for (auto it = upside_down.end(); it != upside_down.begin();
       it -= static_cast<std::ptrdiff_t>(row))
    image.pixels.insert(image.pixels.end(), it - static_cast<std::ptrdiff_t>(row), it);
  return image;
}

}  // namespace slicecast::viewer::gl
