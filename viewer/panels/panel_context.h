// What a panel may read and change. Every panel is one function `draw_..._panel(PanelContext&)` in
// a file of its own; it fills the ImGui window that panel_host has begun for it. UI thread, between
// NewFrame and Render.
#pragma once

#include <imgui/imgui.h>

#include <cstdint>
#include <functional>
#include <string>

#include "viewer/app/picture_store.h"
#include "viewer/app/session.h"
#include "viewer/model/plane_view.h"
#include "viewer/model/shortcuts.h"

namespace slicecast::viewer {

// A rectangle in window coordinates, for the mouse and for scripts.
struct ScreenArea {
  float x = 0, y = 0, width = 0, height = 0;
  bool hovered = false;  // the mouse is in it and nothing lies over it
  bool claimed = false;  // the left button is for a tool of the panel
  bool contains(double px, double py) const {
    return px >= x && py >= y && px < x + width && py < y + height;
  }
};

class PanelTools;

struct PanelContext {
  Session& session;
  PanelTools& tools;
  PictureStore& pictures;
  const Shortcuts& shortcuts;
  // Runs an action of the table of shortcuts as if its key had been pressed.
  std::function<void(std::string_view action)> act;

  std::int64_t now_ns = 0;  // steady
  float scale = 1;          // of text and spacing, relative to 1280 x 800 on a plain display
  std::uintptr_t scene_texture = 0, plane_texture = 0;
  PlaneView& plane;  // of the 2D view
  // Set by the scene and slice panels for the next frame's drawing and input.
  ScreenArea scene_area, plane_area;
};

void draw_menu_panel(PanelContext& context);
void draw_scene_panel(PanelContext& context);
void draw_slice_panel(PanelContext& context);
void draw_slices_panel(PanelContext& context);
void draw_intensity_panel(PanelContext& context);
void draw_overlay_panel(PanelContext& context);
void draw_volume_panel(PanelContext& context);  // a page of the overlay panel
void draw_parameters_panel(PanelContext& context);
void draw_connections_panel(PanelContext& context);
void draw_health_panel(PanelContext& context);
void draw_time_panel(PanelContext& context);
void draw_status_panel(PanelContext& context);
void draw_help(PanelContext& context, bool& open);  // a window of its own, over all

// Colours that mean the same everywhere; readable on both themes.
ImVec4 good_colour(const Session& session);
ImVec4 watch_colour(const Session& session);
ImVec4 bad_colour(const Session& session);
ImVec4 quiet_colour(const Session& session);  // for what is secondary

}  // namespace slicecast::viewer
