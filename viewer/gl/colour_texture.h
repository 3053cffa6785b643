// Small tables that shaders look up: 256 colours in one row. UI thread, context current.
#pragma once

#include <array>
#include <cstdint>

#include "viewer/gl/handle.h"
#include "viewer/model/colour_map.h"

namespace slicecast::viewer::gl {

class ColourTexture {
 public:
  void set(const ColourTable& table);
  GLuint name() const { return name_.name(); }

 private:
  Texture name_;
};

// Class colours of an overlay in row 0; in row 1 red is 255 where only outlines are drawn.
class PaletteTexture {
 public:
  void set(const std::array<std::uint32_t, 256>& rgba, const std::array<bool, 256>& outline);
  GLuint name() const { return name_.name(); }

 private:
  Texture name_;
};

}  // namespace slicecast::viewer::gl
