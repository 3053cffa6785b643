// Writes one slice with its provenance; the extension decides:
//   .tif .tiff  32-bit float, provenance as JSON in ImageDescription
//   .png        16-bit grey over `display`; the mapping (png_low, png_high) stands in the
//   provenance,
//               which is the Description text
//   .npy        float32 [rows, columns], provenance beside it as NAME.npy.json
// Row 0 comes first. Files appear whole or not at all. Any thread but the UI thread: takes tens of
// ms and waits for disks.
#pragma once

#include <filesystem>
#include <optional>

#include "common/io/image_file.h"
#include "viewer/model/provenance.h"

namespace slicecast::viewer {

// Without `display` a PNG spans the least to the greatest finite value. Returns what was written.
Result<std::vector<std::filesystem::path>> export_slice(
    const std::filesystem::path& path, const SliceVersion& version, Provenance provenance,
    std::optional<io::DisplayRange> display = {});

// NAME.json for a screenshot or any other file: `file` with ".json" appended.
Result<std::filesystem::path> write_sidecar(const std::filesystem::path& file,
                                            const Provenance& provenance);

// "<scan>_<slice>_v<version>.<extension>" with everything but letters, digits, '-', '_' and '.'
// replaced; never an existing file of the folder (then "-2", "-3", ...).
std::filesystem::path export_name(const std::filesystem::path& folder, const SliceVersion& version,
                                  const std::string& extension);

}  // namespace slicecast::viewer
