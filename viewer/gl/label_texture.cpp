#include "viewer/gl/label_texture.h"

namespace slicecast::viewer::gl {

bool LabelTexture::set(const OverlayImagePtr& overlay) {
  if (!overlay) return false;
  if (!name_) name_ = Texture::make();
  const bool wide = overlay->header.pixels().type() == v1::UINT16;
  glBindTexture(GL_TEXTURE_2D, name_.name());
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexImage2D(GL_TEXTURE_2D, 0, wide ? GL_R16UI : GL_R8UI, overlay->columns(), overlay->rows(), 0,
               GL_RED_INTEGER, wide ? GL_UNSIGNED_SHORT : GL_UNSIGNED_BYTE,
               overlay->pixels->data());
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  // Integer textures cannot be interpolated.
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  shown_ = overlay;
  return true;
}

}  // namespace slicecast::viewer::gl
