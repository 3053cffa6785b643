// A colour and depth buffer to draw into off screen, and reading back what was drawn. UI thread,
// context current.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/gl/handle.h"

namespace slicecast::viewer::gl {

class Framebuffer {
 public:
  // Cheap when the size stays.
  void resize(int width, int height, bool with_depth);
  void bind() const;  // also sets the viewport
  GLuint colour() const { return colour_.name(); }
  GLuint depth() const { return depth_.name(); }
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  FramebufferName name_;
  Texture colour_, depth_;
  int width_ = 0, height_ = 0;
};

struct RgbImage {
  int width = 0, height = 0;
  std::vector<std::uint8_t> pixels;  // [row][column][rgb], top row first
};
// The framebuffer that is bound for reading.
RgbImage read_back(int width, int height);

}  // namespace slicecast::viewer::gl
