#include "viewer/panels/drawn_labels.h"

#include <imgui/imgui_internal.h>

#include <cmath>
#include <cstring>
#include <map>
#include <optional>

namespace slicecast::viewer {
namespace {

struct Letter {
  unsigned code_point = '?';
  ScreenBox box;
  float line = 0;  // top of its line of text
  ImU32 colour = 0;
  bool cut = false;
};

// Letters by the corner of their cell in the font's picture.
using Cells = std::map<std::pair<float, float>, const ImFontGlyph*>;

Cells cells_of(const ImFont& font) {
  Cells cells;
  for (const ImFontGlyph& glyph : font.Glyphs)
    if (glyph.Visible) cells[{glyph.U0, glyph.V0}] = &glyph;
  return cells;
}

const ImFontGlyph* around(const ImFont& font, ImVec2 low, ImVec2 high) {
  const ImVec2 middle((low.x + high.x) / 2, (low.y + high.y) / 2);
  for (const ImFontGlyph& glyph : font.Glyphs)
    if (glyph.Visible && middle.x > glyph.U0 && middle.x < glyph.U1 && middle.y > glyph.V0 &&
        middle.y < glyph.V1)
      return &glyph;
  return nullptr;
}

// A rectangle of a picture is two triangles (0, 1, 2) and (0, 2, 3).
bool is_rectangle(const ImDrawIdx* index) {
  return index[1] == index[0] + 1 && index[2] == index[0] + 2 && index[3] == index[0] &&
         index[4] == index[0] + 2 && index[5] == index[0] + 3;
}

std::optional<Letter> letter_of(const ImDrawVert* corner, const ImFont& font, const Cells& cells) {
  const ImDrawVert &low = corner[0], &high = corner[2];
  if (low.uv.x >= high.uv.x || low.uv.y >= high.uv.y || low.pos.x >= high.pos.x) return {};
  const auto whole = cells.find({low.uv.x, low.uv.y});
  const ImFontGlyph* glyph = whole != cells.end() ? whole->second : around(font, low.uv, high.uv);
  if (glyph == nullptr) return {};
  Letter letter;
  letter.code_point = glyph->Codepoint;
  letter.box = {low.pos.x, low.pos.y, high.pos.x, high.pos.y};
  letter.colour = low.col;
  constexpr float kUv = 1e-5F;
  letter.cut = std::abs(low.uv.x - glyph->U0) > kUv || std::abs(low.uv.y - glyph->V0) > kUv ||
               std::abs(high.uv.x - glyph->U1) > kUv || std::abs(high.uv.y - glyph->V1) > kUv;
  letter.line = letter.cut ? low.pos.y : low.pos.y - glyph->Y0;
  return letter;
}

// Dark and shining through: the shadow of a text on a picture.
bool is_shadow(ImU32 colour) {
  return (colour & IM_COL32(255, 255, 255, 0)) == 0 && (colour >> IM_COL32_A_SHIFT) < 255;
}

bool continues(const DrawnLabel& label, const Letter& last, const Letter& letter, float size) {
  const float gap = letter.box.left - label.box.right;
  return letter.colour == last.colour && (letter.cut || std::abs(letter.line - last.line) < 1) &&
         gap > -3 && gap < 0.9F * size && letter.box.top < label.box.bottom + size / 2;
}

void append(DrawnLabel& label, const Letter& letter, float size) {
  if (letter.box.left - label.box.right > 0.22F * size && !label.text.empty()) label.text += ' ';
  char utf8[5] = {};
  ImTextCharToUtf8(utf8, letter.code_point);
  label.text += letter.cut ? "?" : utf8;
  label.cut = label.cut || letter.cut;
  label.box.left = std::min(label.box.left, letter.box.left);
  label.box.top = std::min(label.box.top, letter.box.top);
  label.box.right = std::max(label.box.right, letter.box.right);
  label.box.bottom = std::max(label.box.bottom, letter.box.bottom);
}

// The part of a window's name that people see; what opens over the panels has none.
std::string panel_of(const std::string& owner) {
  if (owner.starts_with("##Tooltip")) return "tooltip";
  if (owner.starts_with("##")) return "popup";
  return owner.substr(0, owner.find('#'));
}

void collect(const ImDrawList& list, const ImFont& font, const Cells& cells,
             std::vector<DrawnLabel>& labels) {
  const std::string owner = list._OwnerName == nullptr ? "" : list._OwnerName;
  const ImGuiWindow* window = ImGui::FindWindowByName(owner.c_str());
  for (const ImDrawCmd& command : list.CmdBuffer) {
    if (command.TextureId != font.ContainerAtlas->TexID) continue;
    std::optional<Letter> last;
    const unsigned end = command.IdxOffset + command.ElemCount;
    for (unsigned i = command.IdxOffset; i + 6 <= end;) {
      const ImDrawIdx* index = &list.IdxBuffer[static_cast<int>(i)];
      const auto letter =
          is_rectangle(index)
              ? letter_of(&list.VtxBuffer[static_cast<int>(command.VtxOffset + index[0])], font,
                          cells)
              : std::nullopt;
      i += letter ? 6 : 3;
      if (!letter || is_shadow(letter->colour)) continue;
      if (!last || !continues(labels.back(), *last, *letter, font.FontSize)) {
        DrawnLabel label;
        label.panel = panel_of(owner);
        label.box = letter->box;
        label.clip = {command.ClipRect.x, command.ClipRect.y, command.ClipRect.z,
                      command.ClipRect.w};
        label.scrolls = window != nullptr && window->ScrollMax.y > 0;
        labels.push_back(label);
      }
      append(labels.back(), *letter, font.FontSize);
      last = letter;
    }
  }
}

// As they are on the screen, which is not always what the layout asked for.
std::vector<std::string> window_faults(const Layout& layout) {
  std::vector<std::string> faults;
  std::vector<const ImGuiWindow*> windows;
  for (const PanelPlace& panel : layout.panels)
    if (panel.visible)
      if (const auto* window = ImGui::FindWindowByName(("###" + panel.id).c_str()))
        windows.push_back(window);
  for (std::size_t i = 0; i < windows.size(); ++i)
    for (std::size_t j = i + 1; j < windows.size(); ++j) {
      ImRect common = windows[i]->Rect();
      common.ClipWith(windows[j]->Rect());
      if (common.GetWidth() > 1.5F && common.GetHeight() > 1.5F)
        faults.push_back(std::string("the panel ") + windows[i]->Name + " overlaps " +
                         windows[j]->Name);
    }
  return faults;
}

}  // namespace

std::vector<DrawnLabel> drawn_labels() {
  std::vector<DrawnLabel> labels;
  const ImDrawData* drawn = ImGui::GetDrawData();
  if (drawn == nullptr || ImGui::GetIO().Fonts->Fonts.empty()) return labels;
  const ImFont& font = *ImGui::GetIO().Fonts->Fonts[0];
  const Cells cells = cells_of(font);
  for (int i = 0; i < drawn->CmdListsCount; ++i) collect(*drawn->CmdLists[i], font, cells, labels);
  return labels;
}

std::vector<std::string> drawn_faults(const Layout& layout) {
  auto faults = layout_faults(layout);
  const auto of_windows = window_faults(layout);
  faults.insert(faults.end(), of_windows.begin(), of_windows.end());
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  const auto labels = drawn_labels();
  if (labels.empty()) faults.emplace_back("no text was drawn");
  auto of_labels = label_faults(labels, size.x, size.y);
  faults.insert(faults.end(), of_labels.begin(), of_labels.end());
  return faults;
}

}  // namespace slicecast::viewer
