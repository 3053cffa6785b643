// Takes large areas out of the triangles of a drawn user interface: what is one opaque colour is
// cleared, and a view that covers its pixels one to one is copied. A shader that blends a texture
// over every pixel of the window costs a software renderer half of its time. UI thread, context
// current.
#pragma once

#include <span>

#include "viewer/gl/program.h"

struct ImDrawCmd;
struct ImDrawData;
struct ImDrawList;

namespace slicecast::viewer {

class PanelAreas {
 public:
  static Result<PanelAreas> create();
  // Between ImGui::Render() and drawing, which must come before this object ends. `views`: textures
  // as large as they are shown.
  void take_out(ImDrawData& drawn, std::span<const GLuint> views);

 private:
  static void clear(const ImDrawList* list, const ImDrawCmd* command);
  static void copy(const ImDrawList* list, const ImDrawCmd* command);
  void take_background(ImDrawList& list);
  void take_views(ImDrawList& list, std::span<const GLuint> views);

  gl::Program copy_;
  gl::VertexArray vertices_;
};

}  // namespace slicecast::viewer
