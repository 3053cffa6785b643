// The live parameters of every service, as it declares them.
#include <imgui/imgui_internal.h>

#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

void draw_value(Session& session, const std::string& service, const ParameterRow& row) {
  const v1::Parameter& declared = row.declared;
  v1::ParameterValue value = row.shown;
  bool changed = false;
  ImGui::SetNextItemWidth(-1);
  switch (declared.type()) {
    case v1::BOOLEAN: {
      bool on = value.boolean();
      changed = ImGui::Checkbox("##value", &on);
      value.set_boolean(on);
      break;
    }
    case v1::INTEGER: {
      auto number = value.integer();
      changed = ImGui::DragScalar("##value", ImGuiDataType_S64, &number, 0.2F);
      value.set_integer(number);
      break;
    }
    case v1::REAL: {
      double number = value.real();
      const auto step = static_cast<float>(0.1 * step_of(declared, StepSize::normal));
      changed = ImGui::DragScalar("##value", ImGuiDataType_Double, &number, step, nullptr, nullptr,
                                  "%.5g");
      value.set_real(number);
      break;
    }
    case v1::CHOICE:
      if (ImGui::BeginCombo("##value", value.text().c_str())) {
        for (const auto& choice : declared.choices())
          if (ImGui::Selectable(choice.c_str(), choice == value.text())) {
            value.set_text(choice);
            changed = true;
          }
        ImGui::EndCombo();
      }
      break;
    default: ImGui::TextUnformatted(to_text(value).c_str());
  }
  if (changed)
    session.say(session.parameters.edit(service, declared.name(), value, ImGui::GetActiveID()));
}

}  // namespace

void draw_parameters_panel(PanelContext& context) {
  Session& session = context.session;
  for (const auto& service : session.parameters.services()) {
    if (!ImGui::CollapsingHeader(service.c_str(), ImGuiTreeNodeFlags_DefaultOpen)) continue;
    if (!ImGui::BeginTable(service.c_str(), 2, ImGuiTableFlags_SizingStretchProp)) continue;
    // A copy: an edit may change the rows.
    const auto rows = session.parameters.rows(service);
    for (const auto& row : rows) {
      if (!row.declared.live()) continue;
      ImGui::PushID(row.declared.name().c_str());
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      const bool pending = row.state == EditState::pending;
      const bool rejected = row.state == EditState::rejected;
      ImGui::TextColored(rejected  ? bad_colour(session)
                         : pending ? watch_colour(session)
                                   : ImGui::GetStyleColorVec4(ImGuiCol_Text),
                         "%s%s", row.declared.name().c_str(),
                         pending    ? " \u2026"
                         : rejected ? " refused"
                                    : "");
      if (ImGui::IsItemHovered())
        ImGui::SetTooltip("%s%s%s", row.declared.doc().c_str(), rejected ? "\n" : "",
                          row.message.c_str());
      ImGui::TableNextColumn();
      draw_value(session, service, row);
      ImGui::PopID();
    }
    ImGui::EndTable();
  }
}

}  // namespace slicecast::viewer
