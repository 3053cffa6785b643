// The window as it is on the screen, as a PNG with a JSON file beside it that says what it shows.
#pragma once

#include <filesystem>

#include "common/base/error.h"
#include "viewer/gl/framebuffer.h"
#include "viewer/model/provenance.h"

namespace slicecast::viewer {

// Blocks for encoding and for the disk: not for the UI thread, except in scripts.
Result<void> write_screenshot(const std::filesystem::path& path, const gl::RgbImage& image,
                              const Provenance& provenance);

}  // namespace slicecast::viewer
