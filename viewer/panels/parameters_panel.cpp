// The live parameters of every service, as it declares them: a widget by type, range and choices,
// with the mark of what the server has answered.
#include <fmt/format.h>
#include <imgui/imgui_internal.h>
#include <imgui/imgui_stdlib.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>

#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

void send(Session& session, const std::string& service, const ParameterRow& row,
          const v1::ParameterValue& value, std::uint64_t gesture = 0) {
  session.say(session.parameters.edit(service, row.declared.name(), value, gesture));
}

// Of the field drawn last: one drag is one step to undo, and the next drag another.
std::uint64_t drag_of_item() {
  static std::uint64_t drags = 0;
  if (ImGui::IsItemActivated()) ++drags;
  return ImGui::IsItemActive() ? drags : 0;
}

// A real is dragged from where it stands between the ends that the service declares; an axis that
// is the scan's from the column in use, and not at all while that is unknown.
bool draw_real(Session& session, const std::string& service, const v1::Parameter& declared,
               v1::ParameterValue& value) {
  const auto in_use = session.axis_in_use(service);
  const auto range = drag_range(declared, value, in_use);
  const bool scans = as_announced(declared, value);
  double number = range ? range->from : value.real();
  const double low = range ? range->low : 0, high = range ? range->high : 0;
  const auto speed = range ? static_cast<float>(0.1 * step_of(declared, StepSize::normal)) : 0.0F;
  const char* format = scans && range ? "scan: %.5g" : "%.5g";
  const bool changed = ImGui::DragScalar("##value", ImGuiDataType_Double, &number, speed,
                                         range ? &low : nullptr, range ? &high : nullptr, format);
  value.set_real(number);
  return changed;
}

// Numbers that can be dragged.
void draw_number(Session& session, const std::string& service, const ParameterRow& row) {
  const v1::Parameter& declared = row.declared;
  v1::ParameterValue value = row.shown;
  bool changed = false;
  if (declared.type() == v1::REAL) {
    changed = draw_real(session, service, declared, value);
  } else {
    auto number = value.integer();
    changed = ImGui::DragScalar("##value", ImGuiDataType_S64, &number, 0.2F);
    value.set_integer(number);
  }
  const std::uint64_t drag = drag_of_item();
  if (changed) send(session, service, row, value, drag);
}

// Text and lists of numbers go out when Enter is pressed.
void draw_text_value(Session& session, const std::string& service, const ParameterRow& row) {
  static std::map<ImGuiID, std::string> typed;  // at most the one field that has the keyboard
  const ImGuiID id = ImGui::GetID("##value");
  auto found = typed.find(id);
  std::string text = found == typed.end() ? to_text(row.shown) : found->second;
  if (ImGui::InputText("##value", &text, ImGuiInputTextFlags_EnterReturnsTrue)) {
    const auto value = value_from_text(row.declared, text);
    if (value)
      send(session, service, row, *value);
    else
      session.say(value.error().message);
  }
  if (ImGui::IsItemActive())
    typed[id] = text;
  else
    typed.erase(id);
}

void draw_value(Session& session, const std::string& service, const ParameterRow& row) {
  const v1::Parameter& declared = row.declared;
  v1::ParameterValue value = row.shown;
  ImGui::SetNextItemWidth(-1);
  if (declared.type() == v1::BOOLEAN) {
    bool on = value.boolean();
    if (!ImGui::Checkbox("##value", &on)) return;
    value.set_boolean(on);
    send(session, service, row, value);
  } else if (declared.type() == v1::INTEGER || declared.type() == v1::REAL) {
    draw_number(session, service, row);
  } else if (declared.type() == v1::CHOICE) {
    if (!ImGui::BeginCombo("##value", value.text().c_str())) return;
    for (const auto& choice : declared.choices())
      if (ImGui::Selectable(choice.c_str(), choice == value.text())) {
        value.set_text(choice);
        send(session, service, row, value);
      }
    ImGui::EndCombo();
  } else {
    draw_text_value(session, service, row);
  }
}

std::string explained(const PanelContext& context, const ParameterRow& row) {
  const v1::Parameter& declared = row.declared;
  std::string text = declared.name() + "\n" + declared.doc();
  if (declared.has_minimum() || declared.has_maximum())
    text += fmt::format("\nfrom {} to {} {}",
                        declared.has_minimum() ? fmt::format("{:g}", declared.minimum()) : "any",
                        declared.has_maximum() ? fmt::format("{:g}", declared.maximum()) : "any",
                        declared.unit());
  text += "\ndefault " + to_text(declared.default_value());
  if (declared.name() == "axis_column")
    text += "\nKeys: " + context.shortcuts.text_of("axis_left") + ", " +
            context.shortcuts.text_of("axis_right") + "; Shift: ten, Ctrl: a tenth";
  if (declared.name() == "tilt")
    text += "\nKeys: " + context.shortcuts.text_of("tilt_up") + ", " +
            context.shortcuts.text_of("tilt_down");
  if (row.state == EditState::pending) text += "\n\u25CC sent, not answered yet";
  if (row.state == EditState::rejected) text += "\n\u2715 refused: " + row.message;
  if (row.changed_elsewhere) text += "\n\u25C6 changed last by somebody else";
  return text + "\nRight-click: back to the default";
}

// "energy (keV)" of energy_kev.
std::string readable(const v1::Parameter& declared) {
  std::string name = declared.name();
  std::string unit = "_" + declared.unit();
  for (char& letter : unit)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (unit.size() > 1 && name.size() > unit.size() && name.ends_with(unit))
    name.resize(name.size() - unit.size());
  std::ranges::replace(name, '_', ' ');
  return declared.unit().empty() ? name : name + " (" + declared.unit() + ")";
}

// State by shape as well as by colour.
void draw_name(PanelContext& context, const std::string& service, const ParameterRow& row) {
  Session& session = context.session;
  const bool pending = row.state == EditState::pending, refused = row.state == EditState::rejected;
  std::string label = refused                 ? "\u2715 "
                      : pending               ? "\u25CC "
                      : row.changed_elsewhere ? "\u25C6 "
                                              : "";
  label += readable(row.declared);
  ImGui::AlignTextToFramePadding();
  coloured_text(refused   ? bad_colour(session)
                : pending ? watch_colour(session)
                          : ImGui::GetStyleColorVec4(ImGuiCol_Text),
                label);
  mark_item(context, "name_" + row.declared.name());
  tip(context, explained(context, row));
  if (ImGui::IsItemClicked(1)) send(session, service, row, row.declared.default_value());
}

void draw_service(PanelContext& context, const std::string& service) {
  Session& session = context.session;
  if (!ImGui::BeginTable(service.c_str(), 2)) return;
  ImGui::TableSetupColumn("name", ImGuiTableColumnFlags_WidthStretch, 1.25F);
  ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_WidthStretch, 1);
  const bool may_edit = !session.slices.observer() && session.parameters.available(service);
  // A copy: an edit may change the rows.
  const auto rows = session.parameters.rows(service);
  for (const auto& row : rows) {
    if (!row.declared.live()) continue;
    ImGui::PushID(row.declared.name().c_str());
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    draw_name(context, service, row);
    ImGui::TableNextColumn();
    ImGui::BeginDisabled(!may_edit);
    draw_value(session, service, row);
    mark_item(context, "value_" + row.declared.name());
    ImGui::EndDisabled();
    ImGui::PopID();
  }
  ImGui::EndTable();
}

}  // namespace

void draw_parameters_panel(PanelContext& context) {
  Session& session = context.session;
  action_button(context, "Undo", "undo", session.parameters.can_undo());
  same_line_if_fits(button_width("Redo"));
  action_button(context, "Redo", "redo", session.parameters.can_redo());
  same_line_if_fits(button_width("Take axis"));
  action_button(context, "Take axis", "axis_take", !session.slices.observer());
  if (session.slices.observer())
    quiet_text(context, "Observer: the servers refuse changes from this viewer.");
  const auto services = session.parameters.services();
  if (services.empty()) quiet_text(context, "No service has declared parameters yet.");
  ImGui::BeginChild("parameters");
  for (const auto& service : services)
    if (ImGui::CollapsingHeader(service.c_str(), ImGuiTreeNodeFlags_DefaultOpen)) {
      if (!session.parameters.available(service))
        coloured_text(watch_colour(session), service + " is away; its values are the last known.");
      draw_service(context, service);
    }
  ImGui::EndChild();
}

}  // namespace slicecast::viewer
