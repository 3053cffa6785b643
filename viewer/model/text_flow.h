// Where the texts over a picture stand: below each other while there is room, else side by side.
// Pure functions, any thread. Lengths in window points.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace slicecast::viewer {

struct FlowPlace {
  float x = 0;  // from the left border of the room
  int row = 0;
};

struct FlowRoom {
  int rows_alone = 0;  // rows in which every text may have one for itself
  int rows = 0;        // rows when they stand side by side
  float width = 0;     // then, of a row
  float gap = 0;       // then, between two texts
};

// One place per text, in their order; none for a text left out because the room is too small. The
// first text always has one; of the others the widest goes first.
std::vector<std::optional<FlowPlace>> flowed(std::span<const float> widths, const FlowRoom& room);

}  // namespace slicecast::viewer
