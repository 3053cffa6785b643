#include "services/projection/geometry_facts.h"

#include <fmt/format.h>

namespace slicecast::projection {

std::map<std::string, std::string> geometry_facts(const geometry::ScanGeometry& g) {
  std::map<std::string, std::string> facts;
  const auto add = [&](const std::string& name, double value) {
    facts["geometry." + name] = fmt::format("{}", value);
  };
  const auto add_length = [&](const std::string& name, double value) {
    add(name + (g.pixel_size_known ? "_mm" : "_px"), value);
  };
  const auto add_turn = [&](const std::string& name, double value) {
    if (value != 0) add(name, value);
  };
  const bool cone = g.beam == geometry::Beam::cone;
  facts["geometry.beam"] = cone ? "cone" : "parallel";
  facts["geometry.rows"] = std::to_string(geometry::upright_rows(g));
  facts["geometry.columns"] = std::to_string(geometry::upright_columns(g));
  if (g.pixel_size_known)
    add("pixel_mm", g.pixel_mm);
  else
    facts["geometry.pixel_size"] = "unknown, lengths are in detector pixels";
  if (!g.vectors.empty()) {
    facts["geometry.measured_vectors"] = std::to_string(g.vectors.size());
    return facts;
  }
  add("axis_column", geometry::axis_column(g));
  add_length("pixel_at_axis", geometry::pixel_at_axis_mm(g));
  if (cone) {
    add_length("source_axis", g.source_axis_mm);
    add_length("source_detector", g.source_detector_mm);
    add("principal_column", geometry::principal_column(g));
    add("principal_row", geometry::principal_row(g));
  }
  add_turn("tilt_rad", g.tilt_rad);
  add_turn("roll_rad", g.roll_rad);
  add_turn("pitch_rad", g.pitch_rad);
  if (g.rotation_sense < 0) add("rotation_sense", g.rotation_sense);
  return facts;
}

}  // namespace slicecast::projection
