// Every shortcut, from the one table that defines them: by group, in as many columns as fit.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "viewer/model/label_layout.h"
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

struct Line {
  std::string keys, text;  // of a heading only the first
  bool heading = false;
};
using Column = std::vector<Line>;

std::vector<Line> all_lines(const PanelContext& context) {
  std::vector<Line> lines{{"Mouse", "", true}};
  for (const MouseGesture& gesture : mouse_gestures())
    lines.push_back({std::string(gesture.gesture), std::string(gesture.text)});
  std::string_view group;
  for (const Action& action : actions()) {
    if (action.group != group) lines.push_back({std::string(action.group), "", true});
    group = action.group;
    lines.push_back({context.shortcuts.text_of(action.id), std::string(action.text)});
  }
  return lines;
}

// Read downwards; no heading stands alone at the foot.
std::vector<Column> in_columns(const std::vector<Line>& lines, std::size_t count) {
  const std::size_t most = (lines.size() + count) / count;
  std::vector<Column> columns(1);
  for (const Line& line : lines) {
    const bool full = columns.back().size() + (line.heading ? 2 : 1) > most;
    if (full && columns.size() < count) columns.emplace_back();
    columns.back().push_back(line);
  }
  return columns;
}

struct Widths {
  float keys = 0, text = 0;
};

Widths widths_of(const Column& column) {
  Widths widths;
  for (const Line& line : column) {
    widths.keys = std::max(widths.keys, ImGui::CalcTextSize(line.keys.c_str()).x);
    widths.text = std::max(widths.text, ImGui::CalcTextSize(line.text.c_str()).x);
  }
  return widths;
}

void draw_columns(const PanelContext& context, const std::vector<Column>& columns, float gap) {
  const float row = ImGui::GetTextLineHeight() + 1;
  const ImVec2 at = ImGui::GetCursorPos();
  float x = at.x, deepest = at.y;
  for (const Column& column : columns) {
    const Widths widths = widths_of(column);
    float y = at.y;
    for (const Line& line : column) {
      ImGui::SetCursorPos({x, y});
      if (line.heading)
        ImGui::TextColored(watch_colour(context.session), "%s", line.keys.c_str());
      else
        ImGui::TextUnformatted(line.keys.c_str());
      ImGui::SetCursorPos({x + widths.keys + gap / 2, y});
      if (!line.heading) ImGui::TextUnformatted(line.text.c_str());
      y += row;
    }
    x += widths.keys + widths.text + 1.5F * gap;
    deepest = std::max(deepest, y);
  }
  ImGui::SetCursorPos({at.x, deepest});
}

}  // namespace

void draw_help(PanelContext& context, bool& open) {
  if (!open) return;
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({window.x * 0.5F, window.y * 0.5F}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSize({window.x * 0.94F, window.y * 0.94F});
  ImGui::SetNextWindowFocus();
  if (ImGui::Begin(kHelp, &open,
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoCollapse |
                       ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoResize)) {
    constexpr std::size_t kMostColumns = 4;
    const float gap = 20 * context.scale;
    const float room = ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ScrollbarSize;
    const auto lines = all_lines(context);
    auto columns = in_columns(lines, 1);
    for (std::size_t count = 2; count <= kMostColumns; ++count) {
      auto more = in_columns(lines, count);
      float width = -gap;
      for (const Column& column : more) {
        const Widths widths = widths_of(column);
        width += widths.keys + widths.text + 1.5F * gap;
      }
      if (width > room) break;
      columns = std::move(more);
    }
    draw_columns(context, columns, gap);
  }
  ImGui::End();
}

}  // namespace slicecast::viewer
