// Figures of all services and of this viewer; each one explains itself and its remedy.
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {
namespace {

ImVec4 colour_of(const Session& session, HealthLevel level) {
  if (level == HealthLevel::red) return bad_colour(session);
  return level == HealthLevel::watch ? watch_colour(session) : good_colour(session);
}

const char* glyph_of_level(HealthLevel level) {
  if (level == HealthLevel::red) return glyph_of(StatusShape::cross);
  return glyph_of(level == HealthLevel::watch ? StatusShape::triangle : StatusShape::disc);
}

}  // namespace

void draw_health_panel(PanelContext& context) {
  Session& session = context.session;
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingStretchProp;
  if (!ImGui::BeginTable("health", 3, kFlags)) return;
  ImGui::TableSetupColumn("level", ImGuiTableColumnFlags_WidthFixed, 18 * context.scale);
  ImGui::TableSetupColumn("label", 0, 1.5F);
  ImGui::TableSetupColumn("value", 0, 1);
  std::string group;
  for (const auto& row : session.health.rows(context.now_ns)) {
    if (row.group != group) {
      group = row.group;
      ImGui::TableNextRow();
      ImGui::TableSetColumnIndex(1);
      ImGui::TextColored(quiet_colour(session), "%s", group.c_str());
    }
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextColored(colour_of(session, row.level), "%s", glyph_of_level(row.level));
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(row.label.c_str());
    const bool hovered = ImGui::IsItemHovered();
    ImGui::TableNextColumn();
    ImGui::TextColored(colour_of(session, row.level), "%s", row.value.c_str());
    if (hovered || ImGui::IsItemHovered()) {
      ImGui::BeginTooltip();
      ImGui::PushTextWrapPos(320 * context.scale);
      ImGui::TextUnformatted(row.explanation.c_str());
      if (!row.remedy.empty()) ImGui::TextColored(watch_colour(session), "%s", row.remedy.c_str());
      ImGui::PopTextWrapPos();
      ImGui::EndTooltip();
    }
  }
  ImGui::EndTable();
}

}  // namespace slicecast::viewer
