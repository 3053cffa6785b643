// The options of slicecast-viewer beside the common ones.
#pragma once

#include <span>

#include "common/config/option.h"

namespace slicecast::viewer {

std::span<const config::Option> options();

struct WindowSize {
  int width = 0, height = 0;
};
// "1280x800"
Result<WindowSize> parse_size(const std::string& text);

}  // namespace slicecast::viewer
