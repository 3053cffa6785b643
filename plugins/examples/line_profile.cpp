// The values along a line over each slice, as a table.
#include <algorithm>
#include <cmath>

#include "plugins/sdk/plugin.h"

using namespace slicecast::plugin;

void profile(const SliceView& slice, const slicecast::config::Settings& line, Output& out) {
  const double x = line.real("from_x") * slice.columns, y = line.real("from_y") * slice.rows;
  const double across = line.real("to_x") * slice.columns - x;
  const double down = line.real("to_y") * slice.rows - y;
  const double length = std::hypot(across, down);
  const int steps = std::max(1, static_cast<int>(std::lround(length)));
  std::vector<double> positions, values;
  for (int i = 0; i <= steps; ++i) {
    const double t = static_cast<double>(i) / steps;
    positions.push_back(t * length * slice.pixel_length());
    values.push_back(slice.at(x + t * across - 0.5, y + t * down - 0.5));
  }
  out.table(&slice, "profile",
            {{"position", slice.length_unit(), positions}, {"value", slice.value_unit(), values}});
}

int main(int argc, char** argv) {
  Plugin plugin{.name = "profile", .doc = "Values along a line over each slice, as a table."};
  plugin.outputs = {"table"};
  const char* const doc = "End of the line, as a part of the slice's width or height";
  plugin.parameters = {real("from_x", 0.0, 0, 1, "", doc), real("from_y", 0.5, 0, 1, "", doc),
                       real("to_x", 1.0, 0, 1, "", doc), real("to_y", 0.5, 0, 1, "", doc)};
  plugin.each = profile;
  return run(plugin, argc, argv);
}
