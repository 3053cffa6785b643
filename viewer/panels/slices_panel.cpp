// The shared scene as a list: select, add, duplicate, pin, remove, rename; who owns and who moved.
#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "viewer/model/new_slice.h"
#include "viewer/panels/panel_tools.h"
#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

void add(PanelContext& context, SlicePlane plane) {
  Session& session = context.session;
  const SceneSlice* like = session.selected();
  const auto made = session.slices.add(new_slice_pose(session.bounds(), plane),
                                       like != nullptr ? like->rows : 512,
                                       like != nullptr ? like->columns : 512, to_string(plane));
  if (made)
    session.slices.select(*made);
  else
    session.say(made.error().message);
}

void draw_add_menu(PanelContext& context, bool may_edit) {
  ImGui::BeginDisabled(!may_edit);
  if (ImGui::Button("Add")) ImGui::OpenPopup("add");
  ImGui::EndDisabled();
  tip(context, "Add a slice through the centre: xy, xz, yz or oblique\nKey for xy: " +
                   context.shortcuts.text_of("slice_add"));
  if (!ImGui::BeginPopup("add")) return;
  for (const SlicePlane plane : kSlicePlanes)
    if (ImGui::MenuItem(to_string(plane))) add(context, plane);
  ImGui::EndPopup();
}

// Of the longer side; the other one keeps its share.
void resize(PanelContext& context, const SceneSlice& slice, int side) {
  const double longer = std::max({slice.rows, slice.columns, 1});
  const auto scaled = [&](int pixels) {
    return std::max(1, static_cast<int>(std::lround(pixels * side / longer)));
  };
  context.session.say(
      context.session.slices.resize(slice.id, scaled(slice.rows), scaled(slice.columns)));
}

void draw_size(PanelContext& context, const SceneSlice* slice, bool enabled) {
  constexpr int kSides[] = {256, 512, 1024, 2048};
  const float width = button_width("2048 px") + ImGui::GetFrameHeight();
  same_line_if_fits(width);
  ImGui::BeginDisabled(!enabled);
  ImGui::SetNextItemWidth(width);
  const int now = slice != nullptr ? std::max(slice->rows, slice->columns) : 0;
  const std::string shown = now > 0 ? std::to_string(now) + " px" : "size";
  if (ImGui::BeginCombo("##size", shown.c_str())) {
    for (const int side : kSides)
      if (ImGui::Selectable((std::to_string(side) + " px").c_str(), side == now) &&
          slice != nullptr)
        resize(context, *slice, side);
    ImGui::EndCombo();
  }
  mark_item(context, "slice_size");
  ImGui::EndDisabled();
  tip(context,
      "Pixels along the longer side of the selected slice, for everybody: fewer are made, sent and "
      "drawn sooner");
}

void draw_buttons(PanelContext& context) {
  const Session& session = context.session;
  const SceneSlice* slice = session.selected();
  const bool may_edit = !session.slices.observer(), has_one = may_edit && slice != nullptr;
  draw_add_menu(context, may_edit);
  const auto next = [&](const char* label, const char* action) {
    same_line_if_fits(button_width(label));
    action_button(context, label, action, has_one);
  };
  next("Copy", "slice_duplicate");
  next("Name", "slice_rename");
  next(slice != nullptr && slice->pinned ? "Unpin" : "Pin", "slice_pin");
  next("Remove", "slice_remove");
  draw_size(context, slice, has_one);
  if (!may_edit)
    coloured_text(watch_colour(session),
                  "Observer: the server lets this viewer look only. Start it without --observe to "
                  "change slices.");
}

void draw_name_field(PanelContext& context, const SceneSlice& slice) {
  PanelTools& tools = context.tools;
  ImGui::SetNextItemWidth(-1);
  if (tools.focus_name) ImGui::SetKeyboardFocusHere();
  const bool entered =
      ImGui::InputText("##name", &tools.new_name,
                       ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
  // Found by scripts once it takes letters.
  if (ImGui::IsItemActive()) mark_item(context, "slice_name");
  if (entered) context.session.say(context.session.slices.rename(slice.id, tools.new_name));
  const bool left = !tools.focus_name && !ImGui::IsItemActive() && !ImGui::IsItemFocused();
  tools.focus_name = false;
  if (entered || left || ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape)))
    tools.renaming.clear();
}

void draw_name(PanelContext& context, const SceneSlice& slice) {
  Session& session = context.session;
  const std::string label = (slice.pinned ? "\u25C6 " : "\u25C7 ") + slice.name;
  if (ImGui::Selectable(
          label.c_str(), slice.id == session.slices.selected(),
          ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowDoubleClick)) {
    session.slices.select(slice.id);
    if (ImGui::IsMouseDoubleClicked(0)) context.act("slice_rename");
  }
  mark_item(context, "slice_" + slice.id);
  tip(context, slice.name +
                   (slice.pinned ? "\n\u25C6 pinned: stays when its owner leaves"
                                 : "\n\u25C7 goes 10 s after its owner has left") +
                   "\nmade by " + session.who(slice.owner) + "\nmoved last by " +
                   session.who(slice.author) + "\n" + std::to_string(slice.rows) + " x " +
                   std::to_string(slice.columns) + " pixels");
}

void draw_row(PanelContext& context, const SceneSlice& slice) {
  const Session& session = context.session;
  ImGui::PushID(slice.id.c_str());
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  if (context.tools.renaming == slice.id)
    draw_name_field(context, slice);
  else
    draw_name(context, slice);
  ImGui::TableNextColumn();
  quiet_text(context, session.who(slice.author));
  ImGui::TableNextColumn();
  if (!slice.refusal.empty()) {
    coloured_text(bad_colour(session), "\u2715 refused");
    tip(context, slice.refusal);
  } else {
    ImGui::TextUnformatted(slice.exact() ? "shown" : slice.image ? "updating" : "waiting");
    tip(context, slice.exact() ? "The image on show is that of the wanted pose."
                 : slice.image ? "The slice was moved; its image follows."
                               : "No image has come yet.");
  }
  ImGui::PopID();
}

}  // namespace

void draw_slices_panel(PanelContext& context) {
  draw_buttons(context);
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_RowBg | ImGuiTableFlags_BordersInnerV |
                                     ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingStretchProp;
  if (!ImGui::BeginTable("slices", 3, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("name", 0, 1.6F);
  ImGui::TableSetupColumn("moved by", 0, 1.4F);
  ImGui::TableSetupColumn("image", ImGuiTableColumnFlags_WidthFixed,
                          ImGui::CalcTextSize("\u2715 refused").x + 4);
  ImGui::TableHeadersRow();
  // A copy: acting on a slice may change the list.
  const auto slices = context.session.slices.slices();
  for (const auto& slice : slices) draw_row(context, slice);
  ImGui::EndTable();
}

}  // namespace slicecast::viewer
