// The menu bar: the actions of the table of shortcuts by group, panels and layouts.
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

void draw_panel_choices(Session& session) {
  if (!ImGui::BeginMenu("Panels")) return;
  for (auto& panel : session.layouts.current().panels)
    if (panel.id != "menu" && panel.id != "status")
      ImGui::MenuItem(panel.title.c_str(), nullptr, &panel.visible);
  ImGui::Separator();
  for (const auto& name : session.layouts.names())
    if (ImGui::MenuItem(name.c_str(), nullptr, name == session.layouts.current_name()))
      session.say(session.layouts.use(name));
  ImGui::EndMenu();
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
  ImGui::EndMenuBar();
}

}  // namespace slicecast::viewer
