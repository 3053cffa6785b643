#include "viewer/model/text_flow.h"

namespace slicecast::viewer {
namespace {

using Places = std::vector<std::optional<FlowPlace>>;

// Rows that the texts kept take side by side.
int place(std::span<const float> widths, const std::vector<bool>& kept, const FlowRoom& room,
          Places& places) {
  places.assign(widths.size(), std::nullopt);
  FlowPlace next;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (!kept[i]) continue;
    if (next.x > 0 && next.x + widths[i] > room.width) next = {0, next.row + 1};
    places[i] = next;
    next.x += widths[i] + room.gap;
  }
  return next.row + 1;
}

}  // namespace

std::vector<std::optional<FlowPlace>> flowed(std::span<const float> widths, const FlowRoom& room) {
  Places places;
  if (static_cast<int>(widths.size()) <= room.rows_alone) {
    for (int row = 0; row < static_cast<int>(widths.size()); ++row)
      places.push_back(FlowPlace{0, row});
    return places;
  }
  std::vector<bool> kept(widths.size(), true);
  while (place(widths, kept, room, places) > room.rows) {
    std::size_t widest = 0;
    for (std::size_t i = 1; i < widths.size(); ++i)
      if (kept[i] && (widest == 0 || widths[i] > widths[widest])) widest = i;
    if (widest == 0) break;
    kept[widest] = false;
  }
  return places;
}

}  // namespace slicecast::viewer
