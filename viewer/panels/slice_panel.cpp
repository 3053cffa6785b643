// The selected slice flat: the picture of PlaneScene, with cursor reading, scale bar and colour
// bar.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "viewer/app/scene_view.h"
#include "viewer/link/frames.h"
#include "viewer/model/linked_cursor.h"
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

void text_at(ImDrawList& list, float x, float y, const std::string& text) {
  list.AddText({x + 1, y + 1}, IM_COL32(0, 0, 0, 220), text.c_str());
  list.AddText({x, y}, IM_COL32(240, 240, 240, 255), text.c_str());
}

void draw_scale_bar(const PanelContext& context, ImDrawList& list) {
  const float pixel = ImGui::GetIO().DisplayFramebufferScale.x;
  const auto& area = context.plane_area;
  const ScaleBar bar = scale_bar(context.plane.screen_px_per_mm(), 0.3 * area.width * pixel);
  const float length = static_cast<float>(bar.length_px) / pixel;
  const float x = area.x + 12 * context.scale, y = area.y + area.height - 14 * context.scale;
  list.AddRectFilled({x - 1, y - 1}, {x + length + 1, y + 4}, IM_COL32(0, 0, 0, 200));
  list.AddRectFilled({x, y}, {x + length, y + 3}, IM_COL32(245, 245, 245, 255));
  text_at(list, x, y - 20 * context.scale,
          fmt::format("{:g} {}", bar.length_mm, context.session.length_unit()));
}

void draw_colour_bar(const PanelContext& context, ImDrawList& list, const SceneSlice& slice) {
  const Session& session = context.session;
  const ColourTable& table = colour_table(session.colours);
  const Intensity& intensity = session.intensities.of(slice.id);
  const auto& area = context.plane_area;
  const float width = 12 * context.scale;
  const float height = std::min(150 * context.scale, area.height * 0.5F);
  std::array<std::string, 3> numbers;
  float widest = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = fmt::format("{:.3g}", value_of(intensity, 0.5 * static_cast<double>(i)));
    widest = std::max(widest, ImGui::CalcTextSize(numbers[i].c_str()).x);
  }
  const float x = area.x + area.width - width - widest - 12 * context.scale;
  const float y = area.y + 28 * context.scale;
  constexpr int kSteps = 64;
  for (int i = 0; i < kSteps; ++i) {
    const Rgba8 c = table[static_cast<std::size_t>(255 - 255 * i / (kSteps - 1))];
    const float top = y + height * static_cast<float>(i) / kSteps;
    list.AddRectFilled({x, top}, {x + width, top + height / kSteps + 1},
                       IM_COL32(c.r, c.g, c.b, 255));
  }
  list.AddRect({x - 1, y - 1}, {x + width + 1, y + height + 1}, IM_COL32(0, 0, 0, 200));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    text_at(list, x + width + 5,
            y + height * (1 - 0.5F * static_cast<float>(i)) - ImGui::GetTextLineHeight() / 2,
            numbers[i]);
  text_at(list, x - 4, y - 22 * context.scale, session.length_unit() == "px" ? "1/px" : "1/mm");
}

std::string reading_of(const PanelContext& context, const SceneSlice& slice,
                       const SliceVersion& version) {
  const Session& session = context.session;
  if (!session.cursor) return {};
  const CursorSlice shown{slice.id, slice.name, pixels_of(version), {}};
  const auto readings = readings_at(*session.cursor, {&shown, 1});
  if (readings.empty()) return {};
  const auto& reading = readings.front();
  const Vec3& p = *session.cursor;
  std::string text = fmt::format("row {} column {}   {:.3f} {:.3f} {:.3f} {}", reading.row,
                                 reading.column, p.x, p.y, p.z, session.length_unit());
  if (reading.in_field && reading.value)
    text += fmt::format("   {:.4g} {}", *reading.value, reading.unit);
  return text;
}

}  // namespace

void draw_slice_panel(PanelContext& context) {
  const ImVec2 at = ImGui::GetCursorScreenPos(), size = ImGui::GetContentRegionAvail();
  if (size.x < 1 || size.y < 1) return;
  context.plane_area = {at.x, at.y, size.x, size.y, false};
  if (context.plane_texture != 0)
    ImGui::Image(reinterpret_cast<ImTextureID>(context.plane_texture), size, {0, 1}, {1, 0});
  ImGui::SetCursorScreenPos(at);
  ImGui::InvisibleButton("plane", size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonMiddle |
                             ImGuiButtonFlags_MouseButtonRight);
  context.plane_area.hovered = ImGui::IsItemHovered();
  const SceneSlice* slice = context.session.selected();
  if (slice == nullptr) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(at, {at.x + size.x, at.y + size.y}, true);
  const SlicePicture* picture = context.pictures.find(slice->id);
  std::string title = slice->name;
  if (picture != nullptr && picture->image.shown()) {
    const SliceVersion& version = *picture->image.shown();
    const auto placing = placing_of(*slice, picture, context.session, context.now_ns);
    if (placing.kind == SlicePlacing::Kind::stand_in) title += "  preview, its own image follows";
    if (placing.kind == SlicePlacing::Kind::trailing) title += "  updating";
    if (version.header.filling()) title += "  filling";
    if (version.header.mixed()) title += "  mixed";
    if (!picture->wanted.mark.empty()) title += "  " + picture->wanted.mark;
    const std::string reading = reading_of(context, *slice, version);
    text_at(list, at.x + 10, at.y + 6 + ImGui::GetTextLineHeightWithSpacing(), reading);
    draw_scale_bar(context, list);
    draw_colour_bar(context, list, *slice);
  } else {
    title += "  no image yet";
  }
  text_at(list, at.x + 10, at.y + 6, title);
  list.PopClipRect();
}

}  // namespace slicecast::viewer
