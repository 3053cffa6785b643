#include "plugins/sdk/events.h"

#include <algorithm>

namespace slicecast::plugin {
namespace {

const v1::SceneSlice* find_in(const v1::Scene& scene, const std::string& id) {
  const auto found =
      std::ranges::find_if(scene.slices(), [&](const auto& slice) { return slice.id() == id; });
  return found == scene.slices().end() ? nullptr : &*found;
}

bool moved(const v1::SceneSlice& from, const v1::SceneSlice& to) {
  return from.pose_revision() != to.pose_revision() || from.rows() != to.rows() ||
         from.columns() != to.columns();
}

bool other_geometry(const v1::FilteredStart& from, const v1::FilteredStart& to) {
  return from.geometry_revision() != to.geometry_revision() || from.epoch() != to.epoch();
}

}  // namespace

std::vector<SliceEvent> slice_events(const v1::Scene& before, const v1::Scene& after) {
  using What = SliceEvent::What;
  std::vector<SliceEvent> events;
  for (const auto& slice : before.slices())
    if (find_in(after, slice.id()) == nullptr) events.push_back({What::removed, slice});
  for (const auto& slice : after.slices()) {
    const auto* former = find_in(before, slice.id());
    if (former == nullptr)
      events.push_back({What::added, slice});
    else if (moved(*former, slice))
      events.push_back({What::moved, slice});
  }
  return events;
}

std::vector<ScanEvent> scan_events(const v1::Scan& before, const v1::Scan& after) {
  using What = ScanEvent::What;
  std::vector<ScanEvent> events;
  if (before.start().scan_id() != after.start().scan_id()) {
    if (before.has_start() && !before.ended()) events.push_back({What::ended, before});
    events.push_back({What::started, after});
  } else if (before.ended() && !after.ended()) {
    events.push_back({What::started, after});
  } else if (other_geometry(before.start(), after.start())) {
    events.push_back({What::geometry, after});
  }
  const bool was_over = before.ended() && before.start().scan_id() == after.start().scan_id();
  if (after.ended() && !was_over) events.push_back({What::ended, after});
  return events;
}

}  // namespace slicecast::plugin
