// Options of the per-projection steps: one definition of names, ranges, defaults and meaning for
// slicecast-projection, where they change live, and `slicecast reconstruct`.
#pragma once

#include <vector>

#include "common/config/option.h"
#include "common/recon/processing.h"

namespace slicecast::offline {

enum class PixelOptionsOf {
  stream,  // slicecast-projection: live, and the smoothing of rings beside them
  file,    // reconstruct
};
std::vector<config::Option> pixel_options(PixelOptionsOf user);

// What these options say. `already_linear`: only "yes" sets it; what "scan" means is the caller's
// to know. Errc::invalid_argument for regions that are no rectangle.
Result<recon::PixelParameters> pixel_parameters(const config::Settings& settings);

// The place of a choice among those of its option, for enumerations in the same order.
std::size_t chosen(const config::Settings& settings, const char* name);

}  // namespace slicecast::offline
