// Freeze, scrub and follow; A and B; what is kept: files and recording.
#include <fmt/format.h>

#include "viewer/panels/panel_tools.h"
#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

void draw_scrub(PanelContext& context) {
  SliceHistory& history = context.session.history;
  action_button(context, history.frozen() ? "Follow" : "Freeze",
                history.frozen() ? "follow_live" : "freeze");
  ImGui::SameLine();
  const std::string state = history.frozen()
                                ? fmt::format("\u25AE\u25AE {:.1f} s back, {} missed",
                                              history.behind_s(), history.missed_while_frozen())
                                : "\u25B6 live";
  // Room for the longest state, so that the slider does not change its length under the mouse; in a
  // narrow panel only for the one that is shown.
  float room = ImGui::CalcTextSize("\u25AE\u25AE 9999.9 s back, 99999 missed").x;
  if (ImGui::GetContentRegionAvail().x - room < 120 * context.scale)
    room = ImGui::CalcTextSize(state.c_str()).x;
  auto share = static_cast<float>(history.share());
  ImGui::SetNextItemWidth(-room - ImGui::GetStyle().ItemSpacing.x);
  if (ImGui::SliderFloat("##time", &share, 0, 1, "")) history.scrub_to(share);
  mark_item(context, "scrub");
  tip(context,
      "The last updates of all slices. Dragging freezes the display, never the scan.\nKeys: " +
          context.shortcuts.text_of("scrub_back") + ", " +
          context.shortcuts.text_of("scrub_forward") + ", " +
          context.shortcuts.text_of("follow_live"));
  ImGui::SameLine();
  if (history.frozen())
    ImGui::TextColored(watch_colour(context.session), "%s", state.c_str());
  else
    ImGui::TextUnformatted(state.c_str());
}

void draw_compare(PanelContext& context) {
  PanelTools& tools = context.tools;
  action_button(context, "Keep A", "compare_a");
  same_line_if_fits(button_width("Keep B"));
  action_button(context, "Keep B", "compare_b");
  constexpr const char* kModes[] = {"A/B off", "A | B", "A/B blink"};
  const float width = button_width("A/B blink") + ImGui::GetFrameHeight();
  same_line_if_fits(width);
  ImGui::BeginDisabled(!tools.can_compare());
  ImGui::SetNextItemWidth(width);
  auto mode = static_cast<int>(tools.compare);
  if (ImGui::Combo("##compare", &mode, kModes, 3)) tools.compare = static_cast<CompareMode>(mode);
  mark_item(context, "compare_mode");
  ImGui::EndDisabled();
  tip(context, tools.can_compare()
                   ? "Compare the kept images side by side in the slice view, or in turns: " +
                         context.shortcuts.text_of("compare")
                   : "Keep an image of this slice as A and another one as B first");
}

void draw_keep(PanelContext& context) {
  PanelTools& tools = context.tools;
  same_line_if_fits(button_width("Save slice"));
  if (ImGui::Button("Save slice")) ImGui::OpenPopup("save");
  tip(context, "Write the slice with its origin to " + tools.folder().string());
  if (ImGui::BeginPopup("save")) {
    for (const auto& [label, extension] :
         {std::pair{"TIFF, 32 bit", ".tif"}, {"PNG, 16 bit", ".png"}, {"NPY, float32", ".npy"}})
      if (ImGui::MenuItem(label)) tools.export_slice_as(extension);
    ImGui::EndPopup();
  }
  same_line_if_fits(button_width("Picture"));
  action_button(context, "Picture", "screenshot");
  const char* label = tools.recording() ? "\u25A0 Stop" : "\u25CF Record";
  same_line_if_fits(button_width(label));
  action_button(context, label, "record");
  if (!tools.recording()) return;
  const auto state = tools.recording_state();
  const auto& written = state.recording;
  const std::uint64_t dropped = written.dropped_queue_full + written.dropped_wrong_scan +
                                written.dropped_bad_size + written.dropped_no_angle + state.refused;
  std::string text = fmt::format("{} frames, {:.1f} MB", written.projections,
                                 1e-6 * static_cast<double>(written.bytes));
  if (dropped > 0) text += fmt::format(", {} lost", dropped);
  if (!written.problem.empty()) text = "\u2715 stopped";
  // As the state of the link: by shape and word.
  const bool linked = state.link == wire::LinkState::live;
  if (written.problem.empty() && !linked)
    text = std::string(glyph_of(StatusShape::triangle)) + " source silent, " + text;
  same_line_if_fits(ImGui::CalcTextSize(text.c_str()).x);
  ImGui::AlignTextToFramePadding();
  ImGui::TextColored(dropped > 0 || !written.problem.empty() ? bad_colour(context.session)
                     : linked                                ? good_colour(context.session)
                                                             : watch_colour(context.session),
                     "%s", text.c_str());
  const char* about = linked ? "Raw frames since the start of the recording; slicecast-source "
                               "replays the file"
                             : "The source is not heard; the recording goes on when it is there "
                               "again, a new scan in a file of its own";
  tip(context, written.problem.empty() ? about : written.problem);
}

}  // namespace

void draw_time_panel(PanelContext& context) {
  draw_scrub(context);
  draw_compare(context);
  draw_keep(context);
}

}  // namespace slicecast::viewer
