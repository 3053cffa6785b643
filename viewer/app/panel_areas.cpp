#include "viewer/app/panel_areas.h"

#include <imgui/imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace slicecast::viewer {
namespace {

constexpr unsigned kQuad = 6;  // indices of a rectangle

constexpr const char* kVertex = R"glsl(
out vec2 at;
void main() {
  at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(2.0 * at - 1.0, 0.0, 1.0);
}
)glsl";

constexpr const char* kFragment = R"glsl(
in vec2 at;
out vec4 colour;
uniform sampler2D image;
void main() { colour = texture(image, at); }
)glsl";

GLuint name_of(ImTextureID texture) {
  return static_cast<GLuint>(reinterpret_cast<std::intptr_t>(texture));
}

// The bounds of the first two triangles when they are one rectangle.
std::optional<ImVec4> rectangle_of(const ImDrawList& list, const ImDrawCmd& command) {
  if (command.UserCallback != nullptr || command.ElemCount < kQuad) return std::nullopt;
  const auto vertex = [&](unsigned i) -> const ImDrawVert& {
    return list.VtxBuffer[static_cast<int>(
        command.VtxOffset + list.IdxBuffer[static_cast<int>(command.IdxOffset + i)])];
  };
  ImVec4 bounds(vertex(0).pos.x, vertex(0).pos.y, vertex(2).pos.x, vertex(2).pos.y);
  for (unsigned i = 0; i < kQuad; ++i) {
    const ImVec2 p = vertex(i).pos;
    if ((p.x != bounds.x && p.x != bounds.z) || (p.y != bounds.y && p.y != bounds.w))
      return std::nullopt;
  }
  if (bounds.x >= bounds.z || bounds.y >= bounds.w) return std::nullopt;
  return bounds;
}

// Of one colour that hides what is below it.
std::optional<ImU32> plain_colour(const ImDrawList& list, const ImDrawCmd& command) {
  const ImVec2 white = ImGui::GetIO().Fonts->TexUvWhitePixel;
  const ImTextureID font = ImGui::GetIO().Fonts->TexID;
  std::optional<ImU32> colour;
  for (unsigned i = 0; i < kQuad; ++i) {
    const ImDrawVert& vertex = list.VtxBuffer[static_cast<int>(
        command.VtxOffset + list.IdxBuffer[static_cast<int>(command.IdxOffset + i)])];
    if (vertex.uv.x != white.x || vertex.uv.y != white.y || (colour && *colour != vertex.col))
      return std::nullopt;
    colour = vertex.col;
  }
  const bool opaque = (*colour & IM_COL32_A_MASK) == IM_COL32_A_MASK;
  return opaque && command.TextureId == font ? colour : std::nullopt;
}

ImVec4 common(const ImVec4& a, const ImVec4& b) {
  return {std::max(a.x, b.x), std::max(a.y, b.y), std::min(a.z, b.z), std::min(a.w, b.w)};
}

struct Pixels {
  int x = 0, y = 0, width = 0, height = 0;
};

// In the framebuffer, whose origin is the lower left corner.
Pixels pixels_of(const ImVec4& area) {
  const ImDrawData& drawn = *ImGui::GetDrawData();
  const ImVec2 scale = drawn.FramebufferScale;
  const auto px = [](float value) { return static_cast<int>(std::lround(value)); };
  const int left = px((area.x - drawn.DisplayPos.x) * scale.x);
  const int right = px((area.z - drawn.DisplayPos.x) * scale.x);
  const int top = px((area.y - drawn.DisplayPos.y) * scale.y);
  const int bottom = px((area.w - drawn.DisplayPos.y) * scale.y);
  return {left, px(drawn.DisplaySize.y * scale.y) - bottom, std::max(0, right - left),
          std::max(0, bottom - top)};
}

void set_scissor(const ImVec4& area) {
  const Pixels pixels = pixels_of(area);
  glScissor(pixels.x, pixels.y, pixels.width, pixels.height);
}

}  // namespace

Result<PanelAreas> PanelAreas::create() {
  auto program = gl::Program::create("panel areas", kVertex, kFragment);
  if (!program) return program.error();
  PanelAreas areas;
  areas.copy_ = *std::move(program);
  areas.vertices_ = gl::VertexArray::make();
  return areas;
}

void PanelAreas::take_out(ImDrawData& drawn, std::span<const GLuint> views) {
  for (int i = 0; i < drawn.CmdListsCount; ++i) {
    take_views(*drawn.CmdLists[i], views);
    take_background(*drawn.CmdLists[i]);
  }
}

// A panel begins with its background.
void PanelAreas::take_background(ImDrawList& list) {
  if (list.CmdBuffer.Size == 0) return;
  ImDrawCmd& first = list.CmdBuffer[0];
  const auto area = rectangle_of(list, first);
  if (!area) return;
  const auto colour = plain_colour(list, first);
  if (!colour) return;
  ImDrawCmd cleared;
  cleared.ClipRect = common(*area, first.ClipRect);
  cleared.UserCallback = clear;
  // A place for a number that a callback is given; the colour is no pointer.
  cleared.UserCallbackData = reinterpret_cast<void*>(static_cast<std::uintptr_t>(*colour));
  first.IdxOffset += kQuad;
  first.ElemCount -= kQuad;
  list.CmdBuffer.insert(list.CmdBuffer.Data, cleared);
}

void PanelAreas::take_views(ImDrawList& list, std::span<const GLuint> views) {
  for (int i = 0; i < list.CmdBuffer.Size; ++i) {
    ImDrawCmd& command = list.CmdBuffer[i];
    if (command.ElemCount != kQuad ||
        std::ranges::find(views, name_of(command.TextureId)) == views.end() ||
        !rectangle_of(list, command))
      continue;
    command.UserCallback = copy;
    command.UserCallbackData = this;
    ImDrawCmd restore;
    restore.UserCallback = ImDrawCallback_ResetRenderState;
    list.CmdBuffer.insert(list.CmdBuffer.Data + i + 1, restore);
    ++i;
  }
}

void PanelAreas::clear(const ImDrawList*, const ImDrawCmd* command) {
  const ImVec4 colour = ImGui::ColorConvertU32ToFloat4(
      static_cast<ImU32>(reinterpret_cast<std::uintptr_t>(command->UserCallbackData)));
  set_scissor(command->ClipRect);
  glClearColor(colour.x, colour.y, colour.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
}

void PanelAreas::copy(const ImDrawList* list, const ImDrawCmd* command) {
  auto& areas = *static_cast<PanelAreas*>(command->UserCallbackData);
  ImDrawCmd quad = *command;
  quad.UserCallback = nullptr;
  const Pixels area = pixels_of(rectangle_of(*list, quad).value_or(ImVec4()));
  set_scissor(command->ClipRect);
  glViewport(area.x, area.y, area.width, area.height);
  glDisable(GL_BLEND);
  areas.copy_.use();
  areas.copy_.set("image", 0);
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, name_of(command->TextureId));
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glBindVertexArray(areas.vertices_.name());
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

}  // namespace slicecast::viewer
