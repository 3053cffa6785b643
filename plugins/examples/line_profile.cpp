// The values along a line over each slice, as a table.
#include <algorithm>
#include <cmath>

#include "plugins/sdk/plugin.h"

using namespace slicecast::plugin;

namespace {

// Bilinear between pixel centres; x and y in pixels, held inside of the image.
double value_at(const SliceView& slice, double x, double y) {
  x = std::clamp(x, 0.0, slice.columns - 1.0), y = std::clamp(y, 0.0, slice.rows - 1.0);
  const int c = std::min(static_cast<int>(x), std::max(slice.columns - 2, 0));
  const int r = std::min(static_cast<int>(y), std::max(slice.rows - 2, 0));
  const int right = std::min(c + 1, slice.columns - 1), below = std::min(r + 1, slice.rows - 1);
  const double fx = x - c, fy = y - r;
  return (1 - fy) * ((1 - fx) * slice(r, c) + fx * slice(r, right)) +
         fy * ((1 - fx) * slice(below, c) + fx * slice(below, right));
}

void profile(const SliceView& slice, const slicecast::config::Settings& line, Output& out) {
  const double x0 = line.real("from_x") * slice.columns, x1 = line.real("to_x") * slice.columns;
  const double y0 = line.real("from_y") * slice.rows, y1 = line.real("to_y") * slice.rows;
  const double pixel_mm = slice.pixel_mm();
  auto& table = out.table(&slice, "profile");
  auto& position = *table.add_columns();
  auto& values = *table.add_columns();
  position.set_name("position"), position.set_unit(pixel_mm > 0 ? "mm" : "px");
  values.set_name("value"), values.set_unit(slice.value_unit());
  const double length = std::hypot(x1 - x0, y1 - y0);
  const int steps = std::max(1, static_cast<int>(std::lround(length)));
  for (int i = 0; i <= steps; ++i) {
    const double t = static_cast<double>(i) / steps;
    position.add_values(t * length * (pixel_mm > 0 ? pixel_mm : 1));
    values.add_values(value_at(slice, x0 + t * (x1 - x0) - 0.5, y0 + t * (y1 - y0) - 0.5));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Plugin plugin{.name = "profile", .doc = "Values along a line over each slice, as a table."};
  plugin.outputs = {"table"};
  const char* const doc = "End of the line, as a part of the slice's width or height";
  plugin.parameters = {real("from_x", 0.0, 0, 1, "", doc), real("from_y", 0.5, 0, 1, "", doc),
                       real("to_x", 1.0, 0, 1, "", doc), real("to_y", 0.5, 0, 1, "", doc)};
  plugin.each = profile;
  return run(plugin, argc, argv);
}
