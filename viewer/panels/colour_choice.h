// Choice of a colour map, with its colours beside the name, and whether it is reversed. UI thread.
#pragma once

#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {

// Over the whole width. `id` also names the items for scripts: `id` and `id`_reversed.
void draw_colour_choice(PanelContext& context, const char* id, ColourChoice& colours,
                        const std::string& keys);

}  // namespace slicecast::viewer
