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
// "parameter.<service>.<name>".
class Provenance {
 public:
  void add(std::string key, std::string value);
  void add(std::string key, double value);
  void add(std::string key, std::uint64_t value);
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
};
Provenance session_provenance(const SessionFacts& facts, std::int64_t time_ns);
// The same with what the image itself says: stamp, pose, pixel size, unit, field of view, epoch,
// projections, marks (filling, mixed, stale, values_uncertain).
Provenance slice_provenance(const SessionFacts& facts, const SliceVersion& version,
                            std::int64_t time_ns);

// For the sidecar of a recording: {"scene": [...], "provenance": {...}}; of each slice id, name,
// wanted pose (mm), rows and columns.
std::string session_description(const Provenance& provenance,
                                const std::vector<SceneSlice>& slices);

std::string iso_time(std::int64_t time_ns);  // "2026-03-01T12:00:00.123Z"

}  // namespace slicecast::viewer
