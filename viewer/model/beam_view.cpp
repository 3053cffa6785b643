#include "viewer/model/beam_view.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace slicecast::viewer {
namespace {

using geometry::Beam;
using geometry::ScanGeometry;
using Facts = std::map<std::string, std::string>;

// How far behind the axis the image stands, and in front of it the rays end; of the field's radius.
constexpr double kBehind = 1.6;

std::optional<double> number(const Facts& facts, const std::string& name) {
  const auto found = facts.find(name);
  if (found == facts.end()) return std::nullopt;
  const std::string& text = found->second;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Scans without a pixel size have their lengths in pixels.
double length(const Facts& facts, const std::string& name) {
  const auto mm = number(facts, name + "_mm");
  return mm ? *mm : number(facts, name + "_px").value_or(0);
}

DetectorRegion region_of(const v1::Parameters& parameters, const ScanGeometry& g) {
  for (const auto& parameter : parameters.parameters()) {
    const auto& four = parameter.value().reals().values();
    if (parameter.name() == "roi" && four.size() == 4)
      return {static_cast<int>(four[0]), static_cast<int>(four[1]), static_cast<int>(four[2]),
              static_cast<int>(four[3])};
  }
  return {0, 0, g.rows, g.columns};
}

}  // namespace

Result<DetectorView> detector_view(const Facts& facts, const v1::Parameters& parameters) {
  if (facts.contains("measured_vectors"))
    return Error{Errc::unsupported,
                 "The beam is not drawn: this scan has a measured vector for each projection, "
                 "which are not told one by one."};
  const auto beam = facts.find("beam");
  const auto rows = number(facts, "rows"), columns = number(facts, "columns");
  if (beam == facts.end() || !rows || !columns)
    return Error{Errc::unavailable,
                 "The beam is drawn once the projection server tells the geometry of the scan."};
  ScanGeometry g;
  g.beam = beam->second == "cone" ? Beam::cone : Beam::parallel;
  g.rows = static_cast<int>(*rows);
  g.columns = static_cast<int>(*columns);
  g.pixel_mm = number(facts, "pixel_mm").value_or(1);
  g.pixel_size_known = !facts.contains("pixel_size");
  g.axis_column = number(facts, "axis_column");
  g.principal_column = number(facts, "principal_column");
  g.principal_row = number(facts, "principal_row");
  g.source_axis_mm = length(facts, "source_axis");
  g.source_detector_mm = length(facts, "source_detector");
  g.tilt_rad = number(facts, "tilt_rad").value_or(0);
  g.roll_rad = number(facts, "roll_rad").value_or(0);
  g.pitch_rad = number(facts, "pitch_rad").value_or(0);
  g.rotation_sense = number(facts, "rotation_sense").value_or(1);
  if (auto valid = geometry::validate(g); !valid)
    return Error{Errc::malformed, "The beam is not drawn: " + valid.error().message};
  return DetectorView{g, region_of(parameters, g)};
}

BeamView beam_view(const DetectorView& detector, double angle_rad,
                   const geometry::FieldOfView& field) {
  const ScanGeometry& g = detector.geometry;
  const DetectorRegion& region = detector.region;
  const auto projection = geometry::projection_at(g, angle_rad);
  const auto corner = [&](double row, double column) {
    return geometry::pixel_position(projection, g.rows, g.columns,
                                    region.first_column + column - 0.5,
                                    region.first_row + row - 0.5);
  };
  Vec3 base = corner(0, 0);
  Vec3 along_columns = corner(0, region.columns) - base, along_rows = corner(region.rows, 0) - base;
  const Vec3 source = projection.source;  // of parallel beam the direction of its rays
  const double behind = kBehind * field.radius_mm;
  const Vec3 height{0, 0, 0.5 * (field.z_min_mm + field.z_max_mm)};
  BeamView view;
  if (g.beam == Beam::cone) {
    // About the source, by what puts the middle so far behind the axis; never beyond the detector.
    const double nearer = std::min(1.0, (g.source_axis_mm + behind) / g.source_detector_mm);
    base = source + nearer * (base - source);
    along_columns = nearer * along_columns;
    along_rows = nearer * along_rows;
  } else {
    const Vec3 middle = base + 0.5 * (along_columns + along_rows);
    base = base + (behind - dot(middle - height, source)) * source;
  }
  view.image = {base, along_columns, along_rows};
  for (const Vec3& from :
       {base, base + along_columns, base + along_rows, base + along_columns + along_rows}) {
    const Vec3 toward = g.beam == Beam::cone ? unit(source - from) : -1.0 * source;
    const double whole = g.beam == Beam::cone ? norm(source - from) : 2 * behind;
    view.rays.emplace_back(from, from + std::min(whole, 2 * behind) * toward);
  }
  return view;
}

}  // namespace slicecast::viewer
