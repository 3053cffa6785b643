// What lies under the cursor, in words: place, value, label and value of the overlay. UI thread.
#pragma once

#include <string>
#include <vector>

#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {

// Of the picture that the plane view shows of this slice, or of A and B while they are compared; no
// line where the cursor is beside it.
std::vector<std::string> cursor_lines(const PanelContext& context, const SceneSlice& slice,
                                      const SlicePicture& picture);
// Of the slice that the cursor is over, in whichever view, begun by its name: as much as fits into
// `width`, what matters most first. Empty: it is over none.
std::string cursor_line(const PanelContext& context, float width);

}  // namespace slicecast::viewer
