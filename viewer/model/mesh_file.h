// Iso-surfaces as files for other programs, binary little-endian. Files appear whole
// or not at all. Any thread, not the UI thread.
#pragma once

#include <filesystem>
#include <string>

#include "viewer/model/iso_surface.h"
#include "viewer/model/provenance.h"

namespace slicecast::viewer {

// By extension: .ply (positions, normals, indexed triangles; provenance as a comment line) or .stl
// (triangles with facet normals), whose header has no room for it, so that it lies beside the file
// as NAME.stl.json. `length_unit` of the positions, "mm" or "px", stands in both headers. Refused:
// other extensions, an empty mesh, cancelled.
Result<void> write_mesh(const std::filesystem::path& path, const Mesh& mesh,
                        const Provenance& provenance, const std::string& length_unit,
                        IsoProgress& progress);

}  // namespace slicecast::viewer
