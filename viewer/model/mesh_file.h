// Iso-surfaces as files for other programs, binary little-endian, lengths in mm. Files appear whole
// or not at all. Any thread, not the UI thread.
#pragma once

#include <filesystem>
#include <string>

#include "viewer/model/iso_surface.h"

namespace slicecast::viewer {

// By extension: .ply (positions, normals, indexed triangles; provenance as a comment line) or .stl
// (triangles with facet normals; the first 70 bytes of the provenance in the header). Refused:
// other extensions, an empty mesh, cancelled.
Result<void> write_mesh(const std::filesystem::path& path, const Mesh& mesh,
                        const std::string& provenance, IsoProgress& progress);

}  // namespace slicecast::viewer
