#include "viewer/gl/colour_texture.h"

namespace slicecast::viewer::gl {
namespace {

void fill(Texture& name, int rows, const void* rgba, GLint filter) {
  if (!name) name = Texture::make();
  glBindTexture(GL_TEXTURE_2D, name.name());
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, 256, rows, 0, GL_RGBA, GL_UNSIGNED_BYTE, rgba);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, filter);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, filter);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

}  // namespace

void ColourTexture::set(const ColourTable& table) {
  fill(name_, 1, table.data(), GL_LINEAR);
}

void PaletteTexture::set(const std::array<std::uint32_t, 256>& rgba,
                         const std::array<bool, 256>& outline) {
  std::array<std::array<std::uint8_t, 4>, 512> rows{};
  for (std::size_t i = 0; i < 256; ++i) {
    for (std::size_t channel = 0; channel < 4; ++channel)
      rows[i][channel] = static_cast<std::uint8_t>(rgba[i] >> (8 * channel));
    rows[256 + i][0] = outline[i] ? 255 : 0;
  }
  fill(name_, 2, rows.data(), GL_NEAREST);
}

}  // namespace slicecast::viewer::gl
