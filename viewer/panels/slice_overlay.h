// What is written and drawn over the picture of the 2D view. UI thread.
#pragma once

#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {

// Title and marks, cursor with its reading, scale bar, colour bar, what is being measured.
void draw_slice_overlay(PanelContext& context, ImDrawList& list, const SceneSlice& slice);

}  // namespace slicecast::viewer
