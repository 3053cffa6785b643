// The texts of the last frame, read back from what Dear ImGui has sent to the graphics card, so
// that a test sees what people see. UI thread, after Render and before the next NewFrame.
#pragma once

#include <vector>

#include "viewer/model/label_layout.h"
#include "viewer/model/layout.h"

namespace slicecast::viewer {

std::vector<DrawnLabel> drawn_labels();

// Panels that overlap or leave the window, texts that overlap, leave it or are cut off: one line
// each.
std::vector<std::string> drawn_faults(const Layout& layout);

}  // namespace slicecast::viewer
