// What every written file says about its origin. Built on any thread from copies; plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slicecast/v1/control.pb.h"
#include "viewer/model/slice_set.h"
#include "viewer/model/slice_version.h"

namespace slicecast::viewer {

// Keys in a stable order: software, software_version, written_at, scan_id, then slice or view, then
// "geometry.<name>", "fact.<service>.<name>", "parameter.<service>.<name>". A key that ends in _mm
// is in mm; lengths of scans without a pixel size end in _px and are in detector pixels.
class Provenance {
 public:
  void add(std::string key, std::string value);
  void add(std::string key, double value);
  void add(std::string key, std::uint64_t value);
  void add_all(const std::string& prefix, const Provenance& other);
  const std::string* find(std::string_view key) const;  // null: not there
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

  // One JSON object; numbers are numbers. `indent` < 0: one line, as TIFF and PNG carry it.
  std::string to_json(int indent = 2) const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
  std::vector<bool> numeric_;  // of entries_
};

// Of the whole session: what the services say. `parameters` by service (geometry, filter, rings,
// Paganin ... as the projection server has them); `time_ns` system clock.
struct SessionFacts {
  std::string viewer;  // client id
  std::string scan_id;
  std::map<std::string, v1::Parameters> parameters;
  std::map<std::string, std::string> facts;  // of v1::Status, by "<service>.<name>"
  // Of the scan as the projection server has it: "beam", "pixel_mm", "axis_column", ...
  std::map<std::string, std::string> geometry;
  // Which settings these are: images say scan, epoch and geometry revision in their stamps.
  std::string processed_scan;
  std::uint64_t epoch = 0, geometry_revision = 0;
  std::uint64_t revision = 0;  // of the projection server's parameters
  bool are_of(const v1::Stamp& stamp) const;
};
Provenance session_provenance(const SessionFacts& facts, std::int64_t time_ns);
// The same with what the image itself says: stamp, pose, pixel size, unit, field of view, epoch,
// projections, marks (filling, mixed, stale, values_uncertain). "settings" says whether `facts` are
// those of this very image or only near to it in time.
Provenance slice_provenance(const SessionFacts& facts, const SliceVersion& version,
                            std::int64_t time_ns);
// Of what was made from the preview volume: its stamp, grid, unit and field of view, likewise.
Provenance preview_provenance(const SessionFacts& facts, const v1::Preview& preview,
                              std::int64_t time_ns);

// Of one image among several, after a prefix: its stamp, marks and size, and of its settings
// ("parameter.", "geometry.") those that are not `in_use`.
void add_image_facts(Provenance& provenance, const std::string& prefix, const SliceVersion& version,
                     const SessionFacts& facts, const SessionFacts& in_use);
void add_preview_facts(Provenance& provenance, const std::string& prefix,
                       const v1::Preview& preview, const SessionFacts& facts,
                       const SessionFacts& in_use);

// For the sidecar of a recording: {"scene": [...], "provenance": {...}}; of each slice id, name,
// wanted pose (base_mm, ... or base_px, ... by `length_unit`), rows and columns.
std::string session_description(const Provenance& provenance, const std::vector<SceneSlice>& slices,
                                const std::string& length_unit);

std::string iso_time(std::int64_t time_ns);  // "2026-03-01T12:00:00.123Z"
// "20260301T120000.123Z", for names of files: file shares of other systems refuse colons.
std::string file_time(std::int64_t time_ns);

}  // namespace slicecast::viewer
