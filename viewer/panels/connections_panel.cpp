// Which servers are in use, how they do, and the way to others.
#include <fmt/format.h>
#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include <cmath>

#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

ImVec4 colour_of(const Session& session, StatusShape shape) {
  if (shape == StatusShape::disc) return good_colour(session);
  return shape == StatusShape::cross ? bad_colour(session) : watch_colour(session);
}

void go_to(PanelContext& context, const std::string& address) {
  if (address.empty() || !context.session.connect_to) return;
  context.session.connect_to(address);
}

void draw_recent(PanelContext& context) {
  if (ImGui::Button("Recent")) ImGui::OpenPopup("recent");
  tip(context, "Addresses of hubs that were used before");
  if (!ImGui::BeginPopup("recent")) return;
  const auto list = context.session.recent.list();
  if (list.empty()) quiet_text(context, "none yet");
  for (const auto& address : list)
    if (ImGui::MenuItem(address.c_str())) go_to(context, address);
  ImGui::EndPopup();
}

void draw_entry(PanelContext& context) {
  static std::string address;
  const float room = button_width("Go") + ImGui::GetStyle().ItemSpacing.x;
  ImGui::SetNextItemWidth(-room);
  const bool entered = ImGui::InputTextWithHint("##hub", "tcp://host:47600", &address,
                                                ImGuiInputTextFlags_EnterReturnsTrue);
  mark_item(context, "hub_address");
  tip(context, "Address of the hub, which knows all services");
  ImGui::SameLine();
  if (ImGui::Button("Go") || entered) go_to(context, address);
  tip(context, "Leave the servers in use and go to those of this hub");
}

// In ms; what rounds to nothing has no sign.
std::string signed_text(std::int64_t nanoseconds) {
  const double tenths = std::round(1e-5 * static_cast<double>(nanoseconds));
  return tenths == 0 ? "0.0" : fmt::format("{:+.1f}", tenths / 10);
}

void draw_service(PanelContext& context, const ServiceReport& entry) {
  const Session& session = context.session;
  const bool answers = static_cast<bool>(entry.status);
  const auto colour = answers ? good_colour(session) : bad_colour(session);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  coloured_text(colour,
                fmt::format("{} {}", glyph_of(answers ? StatusShape::disc : StatusShape::cross),
                            entry.service.name()));
  std::string about = entry.service.kind() + " " + entry.service.version();
  if (answers)
    about += fmt::format("\nup {:.0f} s", entry.status->uptime_s());
  else
    about += "\n" + entry.status.error().message;
  if (entry.clock.known)
    about += fmt::format("\nits clock is {:.2f} ms ahead of ours, to within {:.2f} ms",
                         1e-6 * static_cast<double>(entry.clock.offset_ns),
                         1e-6 * static_cast<double>(entry.clock.error_ns));
  tip(context, about);
  ImGui::TableNextColumn();
  if (!answers)
    coloured_text(colour, "silent");
  else if (entry.clock.known)
    quiet_text(context, fmt::format("clock {} \u00B1{:.1f} ms", signed_text(entry.clock.offset_ns),
                                    1e-6 * static_cast<double>(entry.clock.error_ns)));
  else
    quiet_text(context, "answers");
  tip(context, about);
}

}  // namespace

void draw_connections_panel(PanelContext& context) {
  Session& session = context.session;
  const auto view = session.link_view(context.now_ns);
  coloured_text(colour_of(session, view.shape),
                fmt::format("{} {}", glyph_of(view.shape), view.text));
  if (session.link) quiet_text(context, "hub " + session.link->hub());
  draw_entry(context);
  draw_recent(context);
  if (view.state != ConnectionState::live) {
    same_line_if_fits(button_width("Try now"));
    if (ImGui::Button("Try now")) session.connection.retry_now(context.now_ns);
    mark_item(context, "try_now");
    tip(context, "Ask the hub and connect anew to what is silent, without waiting");
  }
  if (!view.problem.empty()) coloured_text(bad_colour(session), view.problem);
  if (!view.remedy.empty()) quiet_text(context, view.remedy);
  if (!session.report || !ImGui::BeginTable("services", 2, ImGuiTableFlags_SizingStretchProp))
    return;
  for (const auto& entry : session.report->services) draw_service(context, entry);
  ImGui::EndTable();
}

}  // namespace slicecast::viewer
