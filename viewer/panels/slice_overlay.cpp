#include "viewer/panels/slice_overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>
#include <vector>

#include "viewer/app/scene_view.h"
#include "viewer/model/text_flow.h"
#include "viewer/panels/cursor_text.h"
#include "viewer/panels/panel_tools.h"
#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

constexpr ImU32 kInk = IM_COL32(245, 245, 245, 255), kEdge = IM_COL32(0, 0, 0, 220),
                kMark = IM_COL32(255, 210, 90, 255);

// On a dark plate, so that it reads on any image and on both themes.
void text_at(ImDrawList& list, float x, float y, const std::string& text, ImU32 colour = kInk) {
  const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
  list.AddRectFilled({x - 3, y}, {x + extent.x + 3, y + extent.y + 1}, IM_COL32(16, 17, 20, 170),
                     2);
  list.AddText({x, y}, colour, text.c_str());
}

// One picture of the view, in the window: all of it, or A or B while they are compared.
struct Frame {
  float left = 0, top = 0, width = 0, height = 0;
};

ImVec2 on_screen(const PanelContext& context, const Frame& frame, PixelPoint pixel) {
  const float ratio = ImGui::GetIO().DisplayFramebufferScale.x;
  const Cursor cursor = context.plane.cursor_at(pixel);
  return {frame.left + static_cast<float>(cursor.x) / ratio,
          frame.top + static_cast<float>(cursor.y) / ratio};
}

std::vector<Frame> frames_of(const PanelContext& context) {
  const auto& area = context.plane_area;
  if (!context.session.comparison.side_by_side) return {{area.x, area.y, area.width, area.height}};
  const float ratio = ImGui::GetIO().DisplayFramebufferScale.x;
  const auto px = [ratio](float points) { return static_cast<int>(std::lround(points * ratio)); };
  const auto points = [ratio](int pixels) { return static_cast<float>(pixels) / ratio; };
  const PicturePair pair = picture_pair(px(area.width), px(area.height));
  const Frame first{area.x, area.y, points(pair.width), points(pair.height)};
  return {first,
          {area.x + points(pair.right), area.y + points(pair.down), first.width, first.height}};
}

// Both bars of the picture: the scale at the lower left, or lower right where texts need the left.
struct Bars {
  float scale_length = 0, scale_width = 0;  // of the bar; with its text
  float scale_top = 0;                      // of its text, in the window
  std::string scale_text;
};

Bars bars_of(const PanelContext& context) {
  const float pixel = ImGui::GetIO().DisplayFramebufferScale.x;
  const auto& area = context.plane_area;
  const ScaleBar bar = scale_bar(context.plane.screen_px_per_mm(), 0.3 * area.width * pixel);
  Bars bars;
  bars.scale_length = static_cast<float>(bar.length_px) / pixel;
  bars.scale_text = fmt::format("{:g} {}", bar.length_mm, context.session.length_unit());
  bars.scale_width =
      std::max(bars.scale_length, ImGui::CalcTextSize(bars.scale_text.c_str()).x + 3);
  bars.scale_top = area.y + area.height - 34 * context.scale;
  return bars;
}

void draw_scale_bar(const PanelContext& context, ImDrawList& list, const Bars& bars, bool right) {
  const auto& area = context.plane_area;
  const float inset = 12 * context.scale;
  const float x = right ? area.x + area.width - inset - bars.scale_width : area.x + inset;
  const float y = area.y + area.height - 14 * context.scale;
  list.AddRectFilled({x - 1, y - 1}, {x + bars.scale_length + 1, y + 4}, IM_COL32(0, 0, 0, 200));
  list.AddRectFilled({x, y}, {x + bars.scale_length, y + 3}, kInk);
  text_at(list, x, bars.scale_top, bars.scale_text);
}

constexpr std::array kBarMarks{0.0, 0.5, 1.0};

std::string mark_text(const Intensity& intensity, double share) {
  return fmt::format("{:.3g}", value_of(intensity, share));
}

// With its figures, from the right border.
float colour_bar_room(const PanelContext& context, const SceneSlice& slice) {
  const Intensity& intensity = context.session.intensities.of(slice.id);
  float widest = 53 * context.scale;  // as wide as most, so that it seldom moves
  for (const double share : kBarMarks)
    widest = std::max(widest, ImGui::CalcTextSize(mark_text(intensity, share).c_str()).x);
  return widest + 25 * context.scale;
}

// Ends above `bottom`, in the window; left out where that is too near.
void draw_colour_bar(const PanelContext& context, ImDrawList& list, const SceneSlice& slice,
                     float bottom) {
  const Session& session = context.session;
  const ColourTable& table = colour_table(session.colours);
  const Intensity& intensity = session.intensities.of(slice.id);
  const auto& area = context.plane_area;
  const float width = 12 * context.scale;
  const float x = area.x + area.width - colour_bar_room(context, slice);
  const float y = area.y + 30 * context.scale;
  float height = std::min(
      {150 * context.scale, area.height * 0.5F, bottom - y - ImGui::GetTextLineHeight() / 2 - 3});
  // Above the slice where there is some room.
  const Frame whole{area.x, area.y, area.width, area.height};
  const float above =
      on_screen(context, whole, {0, slice.rows - 0.5}).y - y - ImGui::GetTextLineHeight() / 2 - 3;
  if (above > 60 * context.scale) height = std::min(height, above);
  if (height < 3 * ImGui::GetTextLineHeight()) return;
  constexpr int kSteps = 64;
  for (int i = 0; i < kSteps; ++i) {
    const Rgba8 c = table[static_cast<std::size_t>(255 - 255 * i / (kSteps - 1))];
    const float top = y + height * static_cast<float>(i) / kSteps;
    list.AddRectFilled({x, top}, {x + width, top + height / kSteps + 1},
                       IM_COL32(c.r, c.g, c.b, 255));
  }
  list.AddRect({x - 1, y - 1}, {x + width + 1, y + height + 1}, IM_COL32(0, 0, 0, 200));
  for (const double share : kBarMarks)
    text_at(list, x + width + 5,
            y + height * static_cast<float>(1 - share) - ImGui::GetTextLineHeight() / 2,
            mark_text(intensity, share));
  text_at(list, x - 4, y - 23 * context.scale, session.value_unit(slice.id));
}

// The point that all views share; a ring when it lies beside this picture.
void draw_cursor(const PanelContext& context, ImDrawList& list, const SceneSlice& slice,
                 const Frame& frame, const Pose& pose) {
  const Session& session = context.session;
  if (!session.cursor) return;
  const ImVec2 at =
      on_screen(context, frame, pixel_of(pose, slice.rows, slice.columns, *session.cursor));
  const double away = std::abs(geometry::dot(*session.cursor - pose.base, normal_of(pose)));
  const float arm = 9 * context.scale;
  if (away > session.voxel_mm()) {
    list.AddCircle(at, arm * 0.7F, kMark, 24, 1.5F);
    return;
  }
  for (const auto& [colour, width] : {std::pair{kEdge, 3.0F}, {kMark, 1.4F}}) {
    list.AddLine({at.x - arm, at.y}, {at.x - 3, at.y}, colour, width);
    list.AddLine({at.x + 3, at.y}, {at.x + arm, at.y}, colour, width);
    list.AddLine({at.x, at.y - arm}, {at.x, at.y - 3}, colour, width);
    list.AddLine({at.x, at.y + 3}, {at.x, at.y + arm}, colour, width);
  }
}

void draw_measuring(const PanelContext& context, ImDrawList& list, const SceneSlice& slice,
                    const Frame& frame) {
  const Measuring& measuring = context.tools.measuring;
  if (measuring.slice() != slice.id) return;
  std::vector<ImVec2> corners;
  for (const PixelPoint& point : measuring.points())
    corners.push_back(on_screen(context, frame, point));
  const MeasureTool tool = measuring.tool();
  const bool region = tool == MeasureTool::rectangle || tool == MeasureTool::ellipse;
  for (const auto& [colour, width] : {std::pair{kEdge, 3.5F}, {kMark, 1.7F}}) {
    for (const ImVec2& corner : corners)
      list.AddCircle(corner, 4 * context.scale, colour, 0, width);
    if (corners.size() < 2) continue;
    if (tool == MeasureTool::rectangle) {
      list.AddRect(corners[0], corners[1], colour, 0, 0, width);
    } else if (region) {
      constexpr int kParts = 64;
      for (int i = 0; i < kParts; ++i) {
        const float angle = 6.2831853F * static_cast<float>(i) / kParts;
        list.PathLineTo({(corners[0].x + corners[1].x) / 2 +
                             std::cos(angle) * (corners[1].x - corners[0].x) / 2,
                         (corners[0].y + corners[1].y) / 2 +
                             std::sin(angle) * (corners[1].y - corners[0].y) / 2});
      }
      list.PathStroke(colour, ImDrawFlags_Closed, width);
    } else {
      list.AddPolyline(corners.data(), static_cast<int>(corners.size()), colour, 0, width);
    }
  }
}

std::string marks_of(const PanelContext& context, const SceneSlice& slice,
                     const SlicePicture& picture) {
  const SliceVersion& version = *picture.image.shown();
  const auto placing = plane_placing_of(slice, &picture, context.session, context.now_ns);
  std::string marks;
  const auto mark = [&](bool set, const std::string& text) {
    if (set) marks += (marks.empty() ? "" : ", ") + text;
  };
  mark(placing.kind == SlicePlacing::Kind::stand_in, "preview, its own image follows");
  mark(placing.kind == SlicePlacing::Kind::trailing, "updating");
  mark(context.session.history.frozen(), "frozen");
  mark(version.header.filling(), "filling");
  mark(version.header.mixed(), "mixed parameters");
  // While a slice moves its images are behind for a moment.
  constexpr std::int64_t kOutdatedNs = 2'000'000'000;
  mark(version.header.stale() && context.now_ns - version.arrived_ns > kOutdatedNs, "outdated");
  mark(!picture.wanted.mark.empty(), picture.wanted.mark);
  return marks;
}

// True when they need the place of the scale bar, which then stands on the right.
bool draw_texts(const PanelContext& context, ImDrawList& list,
                const std::vector<std::string>& given, bool marked, const Bars& bars, float right) {
  const auto& area = context.plane_area;
  const float line = ImGui::GetTextLineHeightWithSpacing(), height = ImGui::GetTextLineHeight();
  const float inset = 10 * context.scale, y = area.y + 6;
  const auto rows_above = [&](float bottom) {
    return static_cast<int>((bottom - 2 - height - y) / line) + (bottom - 2 - height >= y ? 1 : 0);
  };
  FlowRoom room;
  room.rows_alone = rows_above(bars.scale_top);
  room.rows = rows_above(area.y + area.height);
  room.width = area.width - 2 * inset - std::max(right, bars.scale_width + 24 * context.scale);
  room.gap = 14 * context.scale;
  // In a narrow panel what is too long for a line goes on in the next one.
  std::vector<std::string> texts;
  std::size_t marks_end = 1;
  for (const std::string& text : given) {
    std::istringstream lines(in_lines(text, room.width));
    for (std::string part; std::getline(lines, part);) texts.push_back(part);
    if (marked && &text == &given[1]) marks_end = texts.size();
  }
  std::vector<float> widths;
  for (const std::string& text : texts) widths.push_back(ImGui::CalcTextSize(text.c_str()).x);
  const auto places = flowed(widths, room);
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (places[i])
      text_at(list, area.x + inset + places[i]->x, y + line * static_cast<float>(places[i]->row),
              texts[i], i >= 1 && i < marks_end ? kMark : kInk);
  return static_cast<int>(texts.size()) > room.rows_alone;
}

}  // namespace

void draw_slice_overlay(PanelContext& context, ImDrawList& list, const SceneSlice& slice) {
  const auto& area = context.plane_area;
  const Session& session = context.session;
  const float line = ImGui::GetTextLineHeightWithSpacing(), x = area.x + 10 * context.scale;
  const float y = area.y + 6;
  const SlicePicture* picture = context.pictures.find(slice.id);
  if (picture == nullptr || !picture->image.shown()) {
    text_at(list, x, y, slice.name);
    text_at(list, x, y + line, "no image yet", kMark);
    return;
  }
  std::string title = slice.name;
  if (session.comparison.blink)
    title += *session.comparison.blink == SliceHistory::Choice::a ? "   A" : "   B";
  std::vector<std::string> texts{title};
  const std::string marks = marks_of(context, slice, *picture);
  if (!marks.empty()) texts.push_back(marks);
  for (std::string& text : cursor_lines(context, slice, *picture)) texts.push_back(std::move(text));
  const Bars bars = bars_of(context);
  const bool moved = draw_texts(context, list, texts, !marks.empty(), bars,
                                colour_bar_room(context, slice) + 12 * context.scale);
  draw_scale_bar(context, list, bars, moved);
  draw_colour_bar(context, list, slice, moved ? bars.scale_top : area.y + area.height);
  const auto frames = frames_of(context);
  for (const Frame& frame : frames) {
    const ImVec2 end(frame.left + frame.width, frame.top + frame.height);
    list.PushClipRect({frame.left, frame.top}, end, true);
    draw_cursor(context, list, slice, frame,
                plane_pose_of(slice, picture, session, context.now_ns, &frame != &frames.front()));
    draw_measuring(context, list, slice, frame);
    list.PopClipRect();
    if (frames.size() < 2) break;
    list.AddRect({frame.left, frame.top}, end, kEdge, 0, 0, 2);
    text_at(list, frame.left + frame.width / 2, end.y - line - 4 * context.scale,
            &frame == &frames.front() ? "A" : "B", kMark);
  }
}

}  // namespace slicecast::viewer
