#include "viewer/panels/panel_host.h"

#include <imgui/imgui_internal.h>

#include <array>
#include <cmath>

#include "viewer/panels/panel_tools.h"

namespace slicecast::viewer {
namespace {

struct PanelKind {
  std::string_view id;
  void (*draw)(PanelContext&);
  bool bar = false;   // fixed in place, without a title
  bool view = false;  // shows a picture up to its edges
};
constexpr std::array kPanels{
    PanelKind{"menu", draw_menu_panel, true},
    PanelKind{"scene", draw_scene_panel, false, true},
    PanelKind{"slice", draw_slice_panel, false, true},
    PanelKind{"slices", draw_slices_panel},
    PanelKind{"intensity", draw_intensity_panel},
    PanelKind{"overlay", draw_overlay_panel},
    PanelKind{"parameters", draw_parameters_panel},
    PanelKind{"connections", draw_connections_panel},
    PanelKind{"health", draw_health_panel},
    PanelKind{"time", draw_time_panel},
    PanelKind{"status", draw_status_panel, true},
};

ImGuiWindowFlags flags_of(const PanelKind& kind) {
  ImGuiWindowFlags flags =
      ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoNavInputs;
  if (kind.bar)
    flags |= ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoResize |
             ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse;
  if (kind.bar && kind.id == "menu") flags |= ImGuiWindowFlags_MenuBar;
  if (kind.view)
    flags |= ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse |
             ImGuiWindowFlags_NoBringToFrontOnFocus;
  return flags;
}

// Where the user has dragged or sized it, as fractions of the window.
void take_place(PanelPlace& panel, const ImVec2& position, const ImVec2& size,
                const ImVec2& window) {
  const ImVec2 now = ImGui::GetWindowPos(), now_size = ImGui::GetWindowSize();
  const bool moved = std::abs(now.x - position.x) + std::abs(now.y - position.y) > 0.5F;
  const bool sized = std::abs(now_size.x - size.x) + std::abs(now_size.y - size.y) > 0.5F;
  if (!moved && !sized) return;
  panel.place = {now.x / window.x, now.y / window.y, now_size.x / window.x, now_size.y / window.y};
}

void draw_one(PanelContext& context, PanelPlace& panel, const PanelKind& kind) {
  const ImVec2 window = ImGui::GetIO().DisplaySize;
  const ImVec2 position(std::round(static_cast<float>(panel.place.x) * window.x),
                        std::round(static_cast<float>(panel.place.y) * window.y));
  const ImVec2 end(std::round(static_cast<float>(panel.place.x + panel.place.width) * window.x),
                   std::round(static_cast<float>(panel.place.y + panel.place.height) * window.y));
  const ImVec2 size(end.x - position.x, end.y - position.y);
  // While it is dragged by its title, Dear ImGui says where it is.
  const ImGuiWindow* window_now = ImGui::FindWindowByName(("###" + panel.id).c_str());
  const ImGuiWindow* dragged = ImGui::GetCurrentContext()->MovingWindow;
  if (dragged == nullptr || window_now == nullptr || dragged->RootWindow != window_now)
    ImGui::SetNextWindowPos(position);
  ImGui::SetNextWindowSize(size);
  if (kind.view || kind.bar)
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding,
                        kind.view ? ImVec2(0, 0) : ImVec2(8 * context.scale, 3 * context.scale));
  // A bar may be lower than Dear ImGui's least window; else it would cover what is below.
  if (kind.bar) ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
  bool open = true;
  const std::string title = panel.title + "###" + panel.id;
  const bool shown = ImGui::Begin(title.c_str(), kind.bar ? nullptr : &open, flags_of(kind));
  if (kind.bar) ImGui::PopStyleVar();
  if (kind.view || kind.bar) ImGui::PopStyleVar();
  if (shown) kind.draw(context);
  if (!kind.bar) take_place(panel, position, size, window);
  ImGui::End();
  if (!open) panel.visible = false;
}

}  // namespace

void draw_panels(PanelContext& context) {
  context.scene_area = context.plane_area = {};
  context.tools.items.clear();
  for (const PanelKind& kind : kPanels) {
    PanelPlace* panel = context.session.layouts.current().find(kind.id);
    if (panel != nullptr && panel->visible) draw_one(context, *panel, kind);
  }
}

namespace {

ImVec4 by_theme(const Session& session, ImVec4 dark, ImVec4 light) {
  return session.layouts.current().theme == Theme::dark ? dark : light;
}

}  // namespace

ImVec4 good_colour(const Session& session) {
  return by_theme(session, {0.45F, 0.85F, 0.50F, 1}, {0.05F, 0.45F, 0.12F, 1});
}
ImVec4 watch_colour(const Session& session) {
  return by_theme(session, {0.98F, 0.75F, 0.25F, 1}, {0.60F, 0.38F, 0.00F, 1});
}
ImVec4 bad_colour(const Session& session) {
  return by_theme(session, {1.00F, 0.45F, 0.40F, 1}, {0.75F, 0.08F, 0.05F, 1});
}
ImVec4 quiet_colour(const Session& session) {
  return by_theme(session, {0.62F, 0.64F, 0.68F, 1}, {0.38F, 0.40F, 0.44F, 1});
}

}  // namespace slicecast::viewer
