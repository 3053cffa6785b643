// The options of `slicecast reconstruct` and what they mean. Pixel parameters have the names that
// slicecast-projection gives them.
#pragma once

#include <optional>
#include <span>

#include "common/config/option.h"
#include "common/offline/filtered_scan.h"

namespace slicecast::cli {

std::span<const config::Option> reconstruct_options();

struct ReconstructRequest {
  offline::Options stages;
  std::optional<double> axis_column;  // unset: search for it, unless the file knows it
  bool search_axis = false;           // asked for by --axis auto
  bool volume = false;
  std::string pose;  // of a slice
  int size = 512;
  double pixel_mm = 0;  // 0: what fills the field of view
  std::string out;
};
// Refuses contradictions before any file is opened.
Result<ReconstructRequest> request_of(const config::Settings& settings);

// What the command line says about a scan whose file does not.
Result<void> override_geometry(const config::Settings& settings, offline::ScanFrames& frames);

}  // namespace slicecast::cli
