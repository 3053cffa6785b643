// What the 3D scene shows beside the slices: preview volume with its transfer curve, iso-surface,
// box, axes, beam.
#include <fmt/format.h>

#include <algorithm>

#include "viewer/app/scene_view.h"
#include "viewer/panels/panel_tools.h"
#include "viewer/panels/widgets.h"

namespace slicecast::viewer {
namespace {

void draw_choices(PanelContext& context) {
  SceneChoices& choices = context.session.choices;
  struct Toggle {
    const char *label, *action, *text;
    bool* direct;
    bool on;
  };
  const Toggle toggles[] = {
      {"volume", "volume_toggle", "Preview volume, ray-marched", nullptr, choices.volume},
      {"surface", "iso_toggle", "Surface of equal value of the preview", nullptr,
       choices.iso_surface},
      {"beam", "projection_toggle", "Newest projection with the beam", nullptr, choices.projection},
      {"box", "", "Bounding box and field of view", &choices.box, choices.box},
      {"axes", "", "x red, y green, z blue", &choices.axes, choices.axes},
      {"names", "", "Names at the slices", &choices.labels, choices.labels}};
  bool first = true;
  for (const Toggle& toggle : toggles) {
    if (!first) same_line_if_fits(checkbox_width(toggle.label));
    first = false;
    bool on = toggle.on;
    if (ImGui::Checkbox(toggle.label, &on)) {
      if (toggle.direct != nullptr)
        *toggle.direct = on;
      else
        context.act(toggle.action);
    }
    mark_item(context, std::string("show_") + toggle.label);
    const std::string keys = context.shortcuts.text_of(toggle.action);
    tip(context, toggle.text + (keys.empty() ? "" : "\nKeys: " + keys));
  }
}

void draw_curve_picture(const TransferCurve& curve, ImVec2 at, ImVec2 size) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ColourTable table = curve.table();
  constexpr int kSteps = 48;
  for (int i = 0; i < kSteps; ++i) {
    const Rgba8 c = table[static_cast<std::size_t>(255 * i / (kSteps - 1))];
    const float left = at.x + size.x * static_cast<float>(i) / kSteps;
    list.AddRectFilled({left, at.y + size.y - 8}, {left + size.x / kSteps + 1, at.y + size.y},
                       IM_COL32(c.r, c.g, c.b, 255));
  }
}

// Points are dragged, added by a double click and taken away by a right click.
void draw_curve(PanelContext& context) {
  TransferCurve& curve = context.session.transfer;
  const ImVec2 size(ImGui::GetContentRegionAvail().x, 78 * context.scale);
  const ImVec2 at = plot_frame({"##curve", size.y});
  ImGui::SetItemAllowOverlap();
  mark_item(context, "curve");
  const ImVec2 mouse = ImGui::GetMousePos();
  const double along = (mouse.x - at.x) / size.x, up = 1 - (mouse.y - at.y) / size.y;
  if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) {
    if (const auto made = curve.insert(along))
      context.session.say(curve.move(*made, along, up));
    else
      context.session.say(made.error().message);
  }
  tip(context,
      "Opacity of the volume by value. Drag a point; double-click adds one; right-click removes "
      "it; Ctrl+click changes its colour.");
  draw_curve_picture(curve, at, size);
  const ImVec2 below = ImGui::GetCursorScreenPos();
  const auto points = curve.points();  // a copy: it may change below
  const auto place = [&](const TransferPoint& point) {
    return ImVec2(at.x + size.x * static_cast<float>(point.position),
                  at.y + size.y * static_cast<float>(1 - point.opacity));
  };
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (std::size_t i = 1; i < points.size(); ++i)
    list.AddLine(place(points[i - 1]), place(points[i]), ImGui::GetColorU32(ImGuiCol_Text), 1.5F);
  static std::size_t recolouring = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const ImVec2 centre = place(points[i]);
    const float reach = 7 * context.scale;
    ImGui::PushID(static_cast<int>(i));
    ImGui::SetCursorScreenPos({centre.x - reach, centre.y - reach});
    ImGui::InvisibleButton("point", {2 * reach, 2 * reach});
    mark_item(context, fmt::format("curve_point_{}", i));
    const bool hot = ImGui::IsItemHovered() || ImGui::IsItemActive();
    if (ImGui::IsItemActive() && ImGui::IsMouseDragging(0, 1))
      context.session.say(curve.move(i, along, up));
    if (ImGui::IsItemHovered() && ImGui::IsMouseClicked(1)) context.session.say(curve.remove(i));
    const bool recolour =
        ImGui::IsItemHovered() && ImGui::IsMouseClicked(0) && ImGui::GetIO().KeyCtrl;
    ImGui::PopID();
    if (recolour) {
      recolouring = i;
      ImGui::OpenPopup("colour of the point");
    }
    list.AddCircleFilled(centre, (hot ? 6.0F : 4.5F) * context.scale,
                         ImGui::GetColorU32(ImGuiCol_Text));
    list.AddCircleFilled(
        centre, 3 * context.scale,
        ImGui::GetColorU32({static_cast<float>(points[i].red), static_cast<float>(points[i].green),
                            static_cast<float>(points[i].blue), 1}));
  }
  if (ImGui::BeginPopup("colour of the point")) {
    if (recolouring < points.size()) {
      float colour[3] = {static_cast<float>(points[recolouring].red),
                         static_cast<float>(points[recolouring].green),
                         static_cast<float>(points[recolouring].blue)};
      if (ImGui::ColorPicker3("##colour", colour))
        context.session.say(curve.recolour(recolouring, colour[0], colour[1], colour[2]));
      mark_item(context, "point_colour");
    }
    ImGui::EndPopup();
  }
  ImGui::SetCursorScreenPos(below);
}

void draw_surface(PanelContext& context) {
  Session& session = context.session;
  PanelTools& tools = context.tools;
  auto level = static_cast<float>(session.choices.iso_level);
  ImGui::SetNextItemWidth(-1);
  const std::string text = fmt::format("surface at {:.4g} {}", tools.surface_level(),
                                       session.length_unit() == "px" ? "1/px" : "1/mm");
  if (ImGui::SliderFloat("##level", &level, 0, 1, text.c_str())) session.choices.iso_level = level;
  mark_item(context, "surface_level");
  tip(context, "Value at which the iso-surface of the preview lies");
  if (!session.choices.iso_surface) return;
  if (const IsoProgress* progress = tools.surface_progress())
    quiet_text(context, fmt::format("computing, {:.0f} %", 100 * progress->share));
  else if (!tools.surface_problem.empty())
    coloured_text(bad_colour(session), tools.surface_problem);
  else if (session.iso_mesh)
    quiet_text(context,
               fmt::format("{} triangles, {:.3g} {}\u00B2", session.iso_mesh->triangles.size(),
                           tools.surface_area_mm2, session.length_unit()));
  if (ImGui::Button("Write PLY")) tools.export_surface_as(".ply");
  tip(context, "Points, normals and triangles, in mm, to " + tools.folder().string());
  same_line_if_fits(button_width("Write STL"));
  if (ImGui::Button("Write STL")) tools.export_surface_as(".stl");
  tip(context, "Triangles for printing and CAD, in mm, to " + tools.folder().string());
}

}  // namespace

void draw_volume_panel(PanelContext& context) {
  Session& session = context.session;
  draw_choices(context);
  if (session.choices.projection)
    if (const auto detector = detector_of(session); !detector)
      quiet_text(context, detector.error().message);
  if (!session.preview) {
    quiet_text(context, "No preview volume yet: the slice server sends one when it has data.");
    return;
  }
  draw_curve(context);
  if (ImGui::Button("From colour map"))
    session.transfer = TransferCurve::from_map(session.colours, 0.3);
  tip(context, "Curve with the colours of the map in use, clear below 30 % of the limits");
  same_line_if_fits(button_width("Auto"));
  if (ImGui::Button("Auto"))
    session.say(session.intensities.contrast_once(kPreviewIntensity, session.preview->histogram));
  mark_item(context, "volume_auto");
  tip(context,
      "Limits of the volume from its values now: 0.5 to 99.5 %; also done by itself when "
      "another scan begins");
  same_line_if_fits(button_width("Reset"));
  if (ImGui::Button("Reset")) session.transfer = TransferCurve();
  tip(context, "The curve as it was at the start");
  draw_surface(context);
}

}  // namespace slicecast::viewer
