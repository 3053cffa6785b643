// The shared scene as a list: select, add, duplicate, pin, remove, rename; who owns and who moved.
#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

void draw_buttons(PanelContext& context) {
  struct Button {
    const char* label;
    const char* action;
  };
  constexpr Button kButtons[] = {{"Add", "slice_add"},
                                 {"Copy", "slice_duplicate"},
                                 {"Pin", "slice_pin"},
                                 {"Remove", "slice_remove"}};
  bool first = true;
  for (const Button& button : kButtons) {
    if (!first) ImGui::SameLine();
    first = false;
    if (ImGui::SmallButton(button.label)) context.act(button.action);
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s", context.shortcuts.text_of(button.action).c_str());
  }
}

void draw_row(PanelContext& context, const SceneSlice& slice, std::string& renaming,
              std::string& name) {
  Session& session = context.session;
  ImGui::PushID(slice.id.c_str());
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  if (renaming == slice.id) {
    ImGui::SetNextItemWidth(-1);
    if (ImGui::InputText("##name", &name, ImGuiInputTextFlags_EnterReturnsTrue)) {
      session.say(session.slices.rename(slice.id, name));
      renaming.clear();
    }
    if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape))) renaming.clear();
  } else {
    const std::string label = (slice.pinned ? "\u25C6 " : "") + slice.name;
    if (ImGui::Selectable(
            label.c_str(), slice.id == session.slices.selected(),
            ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowDoubleClick)) {
      session.slices.select(slice.id);
      if (ImGui::IsMouseDoubleClicked(0)) {
        renaming = slice.id;
        name = slice.name;
      }
    }
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("made by %s\nmoved last by %s\n%d x %d pixels", slice.owner.c_str(),
                        slice.author.c_str(), slice.rows, slice.columns);
  }
  ImGui::TableNextColumn();
  const bool mine = slice.author == session.slices.client();
  ImGui::TextColored(quiet_colour(session), "%s", mine ? "you" : slice.author.c_str());
  ImGui::TableNextColumn();
  if (!slice.refusal.empty()) {
    ImGui::TextColored(bad_colour(session), "refused");
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", slice.refusal.c_str());
  } else {
    ImGui::TextUnformatted(slice.exact() ? "shown" : slice.image ? "updating" : "waiting");
  }
  ImGui::PopID();
}

}  // namespace

void draw_slices_panel(PanelContext& context) {
  static std::string renaming, name;
  draw_buttons(context);
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_RowBg | ImGuiTableFlags_BordersInnerV |
                                     ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingStretchProp;
  if (!ImGui::BeginTable("slices", 3, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("name", 0, 2.2F);
  ImGui::TableSetupColumn("moved by", 0, 1.6F);
  ImGui::TableSetupColumn("image", 0, 1.3F);
  ImGui::TableHeadersRow();
  // A copy: acting on a slice may change the list.
  const auto slices = context.session.slices.slices();
  for (const auto& slice : slices) draw_row(context, slice, renaming, name);
  ImGui::EndTable();
}

}  // namespace slicecast::viewer
