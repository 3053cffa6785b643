// The menu bar: the actions of the table of shortcuts by group, panels and named layouts.
#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "viewer/panels/panel_tools.h"
#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

void draw_panel_choices(Session& session) {
  if (!ImGui::BeginMenu("Panels")) return;
  for (auto& panel : session.layouts.current().panels)
    if (panel.id != "menu" && panel.id != "status")
      if (ImGui::MenuItem(panel.title.c_str(), nullptr, panel.visible)) {
        if (panel.visible)
          panel.visible = false;
        else
          open_panel(session.layouts.current(), panel.id);
      }
  ImGui::EndMenu();
}

void draw_layouts(PanelContext& context) {
  Session& session = context.session;
  if (!ImGui::BeginMenu("Layouts")) return;
  const auto names = session.layouts.names();
  for (const auto& name : names)
    if (ImGui::MenuItem(name.c_str(), nullptr, name == session.layouts.current_name()))
      session.say(session.layouts.use(name));
  ImGui::Separator();
  std::string& typed = context.tools.layout_name;
  ImGui::SetNextItemWidth(150 * context.scale);
  const bool entered = ImGui::InputTextWithHint("##layout", "name of this layout", &typed,
                                                ImGuiInputTextFlags_EnterReturnsTrue);
  mark_item(context, "layout_name");
  ImGui::SameLine();
  if ((ImGui::Button("Save") || entered) && !typed.empty()) {
    const auto saved = session.layouts.save_as(typed);
    if (saved)
      context.tools.save_layouts("saved the layout '" + typed + "'");
    else
      session.say(saved);
  }
  tip(context, "Keeps where the panels are, text size and theme under this name");
  const std::string current = session.layouts.current_name();
  const bool can_delete = !current.empty() && current != "default";
  if (ImGui::MenuItem("Delete this layout", nullptr, false, can_delete)) {
    const auto forgotten = session.layouts.forget(current);
    if (forgotten)
      context.tools.save_layouts("deleted the layout '" + current + "'");
    else
      session.say(forgotten);
  }
  ImGui::Separator();
  auto scale = static_cast<float>(session.layouts.current().font_scale);
  ImGui::SetNextItemWidth(150 * context.scale);
  // Applied when it is let go, else the slider would move away under the mouse.
  static float wanted = 0;
  if (!ImGui::IsAnyItemActive()) wanted = scale;
  ImGui::SliderFloat("text size", &wanted, 0.7F, 2.5F, "%.2f");
  mark_item(context, "text_size");
  if (ImGui::IsItemDeactivatedAfterEdit()) session.layouts.current().font_scale = wanted;
  bool light = session.layouts.current().theme == Theme::light;
  if (ImGui::MenuItem("Light theme", context.shortcuts.text_of("theme_toggle").c_str(), light))
    context.act("theme_toggle");
  ImGui::EndMenu();
}

// At the right end, where who is new to the window looks.
void draw_help_entry(PanelContext& context) {
  const std::string keys = context.shortcuts.text_of("help");
  const std::string text = "Shortcuts" + (keys.empty() ? "" : ": " + keys);
  const float width = ImGui::CalcTextSize(text.c_str()).x + 2 * ImGui::GetStyle().ItemSpacing.x;
  const float left = ImGui::GetWindowWidth() - width;
  if (left < ImGui::GetCursorPosX()) return;
  ImGui::SetCursorPosX(left);
  if (ImGui::MenuItem(text.c_str())) context.act("help");
}

}  // namespace

void draw_menu_panel(PanelContext& context) {
  if (!ImGui::BeginMenuBar()) return;
  std::string_view group;
  bool open = false;
  for (const Action& action : actions()) {
    if (action.group != group) {
      if (open) ImGui::EndMenu();
      group = action.group;
      open = ImGui::BeginMenu(std::string(group).c_str());
    }
    if (open && ImGui::MenuItem(std::string(action.text).c_str(),
                                context.shortcuts.text_of(action.id).c_str()))
      context.act(action.id);
  }
  if (open) ImGui::EndMenu();
  draw_panel_choices(context.session);
  draw_layouts(context);
  draw_help_entry(context);
  ImGui::EndMenuBar();
}

}  // namespace slicecast::viewer
