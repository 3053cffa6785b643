// The 3D scene: the picture of SceneView, with names, the orientation widget and marks over it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "viewer/app/scene_view.h"
#include "viewer/model/label_layout.h"
#include "viewer/panels/panel_context.h"
#include "viewer/panels/panel_tools.h"

namespace slicecast::viewer {
namespace {

// Both sides of the corner that the orientation widget fills.
constexpr float kReach = 30, kRim = 16, kWidget = 2 * (kReach + kRim);

ImVec2 on_screen(const PanelContext& context, Cursor cursor) {
  const ImVec2 pixel = ImGui::GetIO().DisplayFramebufferScale;
  return {context.scene_area.x + static_cast<float>(cursor.x) / pixel.x,
          context.scene_area.y + static_cast<float>(cursor.y) / pixel.y};
}

void shadowed_text(ImDrawList& list, ImVec2 at, ImU32 colour, const std::string& text) {
  const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
  list.AddRectFilled({at.x - 3, at.y}, {at.x + extent.x + 3, at.y + extent.y + 1},
                     IM_COL32(16, 17, 20, 170), 2);
  list.AddText(at, colour, text.c_str());
}

// The name of each slice at its upper corner nearest to the eye, with what is drawn there.
void draw_slice_labels(const PanelContext& context, ImDrawList& list) {
  const Session& session = context.session;
  const float line = ImGui::GetTextLineHeight();
  // The orientation widget and, while it is there, the state of the link are in their corners.
  std::vector<ScreenBox> taken = {
      {context.scene_area.x + context.scene_area.width - kWidget * context.scale,
       context.scene_area.y, context.scene_area.x + context.scene_area.width,
       context.scene_area.y + kWidget * context.scale}};
  if (session.link_view(context.now_ns).shape != StatusShape::disc)
    taken.push_back({context.scene_area.x, context.scene_area.y,
                     context.scene_area.x + context.scene_area.width,
                     context.scene_area.y + 10 + line});
  for (const auto& slice : session.slices.slices()) {
    const SlicePlacing placing = scene_placing_of(slice, context.pictures.find(slice.id), session);
    const Vec3 corner = placing.pose.base + placing.pose.axis2;
    const auto cursor = session.camera.cursor_of(corner);
    if (!cursor) continue;
    std::string text = slice.name;
    if (slice.pinned) text += " \u25C6";
    if (placing.kind == SlicePlacing::Kind::stand_in) text += "  preview";
    if (placing.kind == SlicePlacing::Kind::trailing) text += "  updating";
    if (placing.kind == SlicePlacing::Kind::empty) text += "  no image yet";
    if (!slice.author.empty() && slice.author != session.slices.client() &&
        slice.author != slice.owner)
      text += "  by " + slice.author;
    const bool selected = slice.id == session.slices.selected();
    ImVec2 at = on_screen(context, *cursor);
    const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
    const auto& area = context.scene_area;
    at.x = std::clamp(at.x, area.x + 4, std::max(area.x + 4, area.x + area.width - extent.x - 4));
    at.y = std::clamp(at.y - extent.y - 2, area.y + 2,
                      std::max(area.y + 2, area.y + area.height - extent.y - 2));
    // Two slices may have their corners at one place: the later label goes below the earlier one.
    const auto hits = [&](const ScreenBox& box) {
      return at.x < box.right + 4 && at.x + extent.x > box.left - 4 && at.y < box.bottom &&
             at.y + extent.y > box.top;
    };
    for (std::size_t tries = 0; tries <= taken.size() && std::ranges::any_of(taken, hits); ++tries)
      at.y = std::ranges::find_if(taken, hits)->bottom + 1;
    if (at.y + line > area.y + area.height) continue;
    taken.push_back({at.x, at.y, at.x + extent.x, at.y + extent.y});
    shadowed_text(list, at, selected ? IM_COL32(255, 210, 90, 255) : IM_COL32(235, 235, 235, 255),
                  text);
  }
}

// Three arms that turn with the view; the letters look along their axis when clicked.
void draw_orientation(PanelContext& context, ImDrawList& list) {
  const float reach = kReach * context.scale, rim = kRim * context.scale;
  const ImVec2 centre(context.scene_area.x + context.scene_area.width - reach - rim,
                      context.scene_area.y + reach + rim);
  const ViewBasis basis = context.session.camera.basis();
  struct Arm {
    Vec3 axis;
    const char* name;
    ImU32 colour;
    View view;
  };
  std::array arms{Arm{{1, 0, 0}, "x", IM_COL32(240, 100, 100, 255), View::plus_x},
                  Arm{{0, 1, 0}, "y", IM_COL32(110, 215, 110, 255), View::minus_y},
                  Arm{{0, 0, 1}, "z", IM_COL32(110, 160, 255, 255), View::plus_z}};
  // Those that point away are drawn first.
  std::ranges::sort(arms, [&](const Arm& a, const Arm& b) {
    return geometry::dot(a.axis, basis.forward) > geometry::dot(b.axis, basis.forward);
  });
  for (const Arm& arm : arms) {
    const ImVec2 tip(centre.x + reach * static_cast<float>(geometry::dot(arm.axis, basis.right)),
                     centre.y - reach * static_cast<float>(geometry::dot(arm.axis, basis.up)));
    list.AddLine(centre, tip, arm.colour, 2 * context.scale);
    const float radius = 8 * context.scale;
    list.AddCircleFilled(tip, radius, arm.colour);
    const ImVec2 extent = ImGui::CalcTextSize(arm.name);
    list.AddText({tip.x - extent.x / 2, tip.y - extent.y / 2}, IM_COL32(15, 15, 20, 255), arm.name);
    const ImVec2 mouse = ImGui::GetMousePos();
    context.tools.items[std::string("look_along_") + arm.name] = {tip.x - radius, tip.y - radius,
                                                                  tip.x + radius, tip.y + radius};
    const float dx = mouse.x - tip.x, dy = mouse.y - tip.y;
    if (context.scene_area.hovered && ImGui::IsMouseClicked(0) &&
        dx * dx + dy * dy < radius * radius)
      context.session.camera.look_from(arm.view);
  }
}

}  // namespace

void draw_scene_panel(PanelContext& context) {
  const ImVec2 at = ImGui::GetCursorScreenPos(), size = ImGui::GetContentRegionAvail();
  if (size.x < 1 || size.y < 1) return;
  context.scene_area = {at.x, at.y, size.x, size.y, false};
  if (context.scene_texture != 0)
    ImGui::Image(reinterpret_cast<ImTextureID>(context.scene_texture), size, {0, 1}, {1, 0});
  // Takes the mouse, so that dragging in the picture does not drag the panel.
  ImGui::SetCursorScreenPos(at);
  ImGui::InvisibleButton("scene", size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonMiddle |
                             ImGuiButtonFlags_MouseButtonRight);
  context.scene_area.hovered = ImGui::IsItemHovered();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(at, {at.x + size.x, at.y + size.y}, true);
  if (context.session.choices.labels) draw_slice_labels(context, list);
  draw_orientation(context, list);
  const auto view = context.session.link_view(context.now_ns);
  if (view.shape != StatusShape::disc)
    shadowed_text(list, {at.x + 10, at.y + 8}, IM_COL32(255, 130, 110, 255),
                  fmt::format("{} {}", glyph_of(view.shape), view.text));
  if (context.session.slices.slices().empty()) {
    const std::string text =
        view.state == ConnectionState::live
            ? "no slice yet: add one with " + context.shortcuts.text_of("slice_add")
            : view.text;
    const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
    shadowed_text(list, {at.x + (size.x - extent.x) / 2, at.y + (size.y - extent.y) / 2},
                  IM_COL32(230, 230, 230, 255), text);
  }
  list.PopClipRect();
}

}  // namespace slicecast::viewer
