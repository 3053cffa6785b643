// Figures of all services and of this viewer; each one explains itself and its remedy.
#include "common/base/clock.h"
#include "viewer/panels/widgets.h"

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

void draw_row(PanelContext& context, const HealthRow& row) {
  const Session& session = context.session;
  const ImVec4 colour = colour_of(session, row.level);
  const std::string all =
      row.explanation + (row.remedy.empty() ? "" : "\nWhat to do: " + row.remedy);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::TextColored(colour, "%s", glyph_of_level(row.level));
  tip(context, all);
  ImGui::TableNextColumn();
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(row.label.c_str());
  ImGui::PopTextWrapPos();
  tip(context, all);
  ImGui::TableNextColumn();
  coloured_text(colour, row.value);
  mark_item(context, "health_" + row.id);
  tip(context, all);
}

}  // namespace

void draw_health_panel(PanelContext& context) {
  Session& session = context.session;
  // As old as the bar at the bottom says.
  session.health.age(session.age.figures(now_ns()));
  session.health.frozen(session.history.frozen());
  const auto rows = session.health.rows(context.now_ns);
  // The worst one speaks without being asked.
  if (const HealthRow* worst = Health::worst_of(rows))
    coloured_text(bad_colour(session), worst->label + " " + worst->value + ": " + worst->remedy);
  if (rows.empty()) quiet_text(context, "No figures yet: no service has answered.");
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingStretchProp;
  if (rows.empty() || !ImGui::BeginTable("health", 3, kFlags)) return;
  ImGui::TableSetupColumn("level", ImGuiTableColumnFlags_WidthFixed, 16 * context.scale);
  ImGui::TableSetupColumn("label", ImGuiTableColumnFlags_WidthStretch, 1.3F);
  ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_WidthStretch, 1);
  std::string group;
  for (const auto& row : rows) {
    if (row.group != group) {
      group = row.group;
      ImGui::TableNextRow();
      ImGui::TableSetColumnIndex(1);
      quiet_text(context, group);
    }
    draw_row(context, row);
  }
  ImGui::EndTable();
}

}  // namespace slicecast::viewer
