// Begins an ImGui window for every visible panel at the place the layout gives it, draws the panel
// in it and takes back where the user has moved it. UI thread.
#pragma once

#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {

void draw_panels(PanelContext& context);

}  // namespace slicecast::viewer
