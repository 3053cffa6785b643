#include "common/recon/processing_plan.h"

#include <algorithm>
#include <cmath>

#include "common/recon/weights.h"

namespace slicecast::recon {
namespace {

using geometry::Beam;
using geometry::ScanGeometry;
using geometry::Vec3;

NominalScan mean_of_vectors(const ScanGeometry& g) {
  NominalScan mean;
  mean.cone = g.beam == Beam::cone;
  mean.pixel_mm = 0;
  const double middle_row = (geometry::upright_rows(g) - 1) / 2.0;
  const double middle_column = (geometry::upright_columns(g) - 1) / 2.0;
  for (const auto& vector : g.vectors) {
    const auto p = geometry::from_astra(g, vector);
    const double u = norm(p.detector_u), v = norm(p.detector_v);
    mean.pixel_mm += u;
    mean.axis_column += project(p.matrix, {}).u;
    if (!mean.cone) continue;
    const Vec3 normal = cross(p.detector_u, p.detector_v) * (1 / (u * v));
    const Vec3 central = p.detector_centre - p.source;
    const double distance = dot(central, normal) / dot(normal, normal);
    const Vec3 foot = normal * distance - central;  // from the centre to the principal point
    mean.source_detector_mm += std::abs(distance) * norm(normal);
    mean.source_axis_mm += std::hypot(p.source.x, p.source.y);
    mean.principal_column += middle_column + dot(foot, p.detector_u) / (u * u);
    mean.principal_row += middle_row + dot(foot, p.detector_v) / (v * v);
  }
  const double share = 1.0 / static_cast<double>(g.vectors.size());
  for (double* number : {&mean.pixel_mm, &mean.axis_column, &mean.source_detector_mm,
                         &mean.source_axis_mm, &mean.principal_column, &mean.principal_row})
    *number *= share;
  return mean;
}

NominalScan nominal(const ScanGeometry& g) {
  NominalScan scan;
  if (!g.vectors.empty()) {
    scan = mean_of_vectors(g);
  } else {
    scan.cone = g.beam == Beam::cone;
    scan.pixel_mm = g.pixel_mm;
    scan.source_axis_mm = g.source_axis_mm;
    scan.source_detector_mm = g.source_detector_mm;
    scan.axis_column = geometry::axis_column(g);
    scan.principal_column = geometry::principal_column(g);
    scan.principal_row = geometry::principal_row(g);
  }
  scan.half_fan = geometry::half_fan_angle(g);
  return scan;
}

Rectangle whole_bins(Rectangle region, int rows, int columns, int binning) {
  if (region.rows == 0) region = {0, 0, rows, columns};
  region.rows -= region.rows % binning;
  region.columns -= region.columns % binning;
  return region;
}

// Ray coordinate that redundancy is symmetric in: distance from the axis, cone: fan angle.
double ray_coordinate(const NominalScan& scan, double column) {
  const double p = scan.pixel_mm;
  if (!scan.cone) return (column - scan.axis_column) * p;
  const double d = scan.source_detector_mm;
  return std::atan((column - scan.principal_column) * p / d) -
         std::atan((scan.axis_column - scan.principal_column) * p / d);
}

std::uint64_t bad_within(const ProcessingPlan& plan) {
  std::uint64_t count = 0;
  if (plan.bad.empty()) return 0;
  const Rectangle& r = plan.region;
  for (int row = r.row; row < r.row + r.rows; ++row) {
    const auto* pixel = plan.bad.data() + static_cast<std::size_t>(row) * plan.upright.columns;
    for (int c = r.column; c < r.column + r.columns; ++c) count += pixel[c] != 0;
  }
  return count;
}

}  // namespace

bool removes_roll(const ScanGeometry& g) {
  constexpr double kOneDegree = 0.017453292519943295;
  return std::abs(g.roll_rad) > kOneDegree && g.pitch_rad == 0 && g.vectors.empty();
}

ScanGeometry processed_geometry(const ScanGeometry& g) {
  if (!removes_roll(g)) return g;
  ScanGeometry straight = g;
  straight.roll_rad = 0;
  // The detector turns about the principal point, the source stays where it is: the axis then
  // shows where the source's shift against it puts it.
  if (g.beam == Beam::cone) {
    const auto p = geometry::projection_at(g, 0);
    const double to_detector = geometry::magnification(g) / g.pixel_mm;
    straight.principal_column = geometry::principal_column(g);
    straight.axis_column = *straight.principal_column - p.source.x * to_detector;
  }
  return straight;
}

double ProcessingPlan::detector_column(double line_column) const {
  return region.column + (binning - 1) / 2.0 + binning * line_column;
}
double ProcessingPlan::detector_row(double line_row) const {
  return region.row + (binning - 1) / 2.0 + binning * line_row;
}
double ProcessingPlan::u_mm(double line_column) const {
  return (detector_column(line_column) - scan.principal_column) * scan.pixel_mm;
}
double ProcessingPlan::v_mm(double line_row) const {
  return (detector_row(line_row) - scan.principal_row) * scan.pixel_mm;
}

std::array<double, 2> ProcessingPlan::before_straightening(double line_row,
                                                           double line_column) const {
  // roll > 0 turns u towards v, about the principal point.
  const double u = detector_column(line_column) - scan.principal_column;
  const double v = detector_row(line_row) - scan.principal_row;
  const double column = scan.principal_column + u * roll_cos + v * roll_sin;
  const double row = scan.principal_row + v * roll_cos - u * roll_sin;
  return {(row - detector_row(0)) / binning, (column - detector_column(0)) / binning};
}

ProcessingPlan plan_layout(const ProcessDesc& desc) {
  ProcessingPlan plan;
  const ScanGeometry& g = desc.geometry;
  plan.upright = upright_map(g);
  plan.scan = nominal(processed_geometry(g));
  plan.binning = desc.parameters.binning;
  plan.region =
      whole_bins(desc.parameters.region, plan.upright.rows, plan.upright.columns, plan.binning);
  ProcessedLayout& layout = plan.layout;
  layout.line_rows = plan.region.rows / plan.binning;
  layout.line_columns = plan.region.columns / plan.binning;
  layout.rows = layout.line_rows;
  layout.columns = layout.line_columns;
  layout.scale = 1.0 / plan.binning;
  layout.shift_u = -plan.detector_column(0) / plan.binning;
  layout.shift_v = -plan.detector_row(0) / plan.binning;
  layout.edge_tapered =
      desc.parameters.padding == Padding::edge_taper && desc.parameters.filter != RampFilter::none;
  layout.roll_removed = removes_roll(g);
  if (layout.roll_removed) {
    plan.roll_cos = std::cos(g.roll_rad);
    plan.roll_sin = std::sin(g.roll_rad);
  }
  if (desc.coverage == Coverage::offset_axis) {
    const double left = layout.scale * plan.scan.axis_column + layout.shift_u;
    const double right = layout.line_columns - 1 - left;
    const int missing = static_cast<int>(std::ceil(std::abs(right - left) - 1e-9));
    plan.left_pad = left < right ? missing : 0;
    layout.columns += missing;
    layout.shift_u += plan.left_pad;
  }
  plan.tau_mm = plan.scan.pixel_mm * plan.binning / plan.scan.magnification();
  plan.zero = zero_padding(layout.columns);
  plan.taper = taper_padding(layout.columns);
  return plan;
}

ProcessingPlan plan_processing(const ProcessDesc& desc) {
  ProcessingPlan plan = plan_layout(desc);
  plan.bad = bad_pixel_mask(desc);
  plan.interpolation = plan_interpolation(plan.bad, plan.upright.rows, plan.upright.columns);
  plan.bad_in_region = bad_within(plan);
  return plan;
}

std::vector<double> redundancy_weights(const ProcessDesc& desc, const ProcessingPlan& plan,
                                       double angle_rad) {
  const int columns = plan.layout.line_columns;
  std::vector<double> weights(columns, desc.coverage == Coverage::full_turn ? 0.5 : 1.0);
  const auto coordinate = [&](int c) { return ray_coordinate(plan.scan, plan.detector_column(c)); };
  if (desc.coverage == Coverage::short_scan) {
    for (int c = 0; c < columns; ++c)
      weights[c] = parker_weight(angle_rad - desc.arc_start_rad,
                                 desc.geometry.rotation_sense * coordinate(c), plan.scan.half_fan);
  }
  if (desc.coverage == Coverage::offset_axis) {
    const double left = -coordinate(0), right = coordinate(columns - 1);
    const double overlap = std::min(left, right);
    const double towards_long_side = left > right ? -1 : 1;
    for (int c = 0; c < columns; ++c)
      weights[c] = overlap_weight(towards_long_side * coordinate(c) / overlap);
  }
  return weights;
}

Result<ProcessedLayout> processed_layout(const ProcessDesc& desc) {
  if (auto valid = validate(desc); !valid) return valid.error();
  return plan_layout(desc).layout;
}

std::optional<Processor::HalfFrame> Processor::filter_half(const void*, double, float,
                                                           ImageView<std::uint16_t>,
                                                           SharedImage*) const {
  return std::nullopt;
}

ProcessCounts& ProcessCounts::operator+=(const ProcessCounts& other) {
  clamped += other.clamped;
  zingers += other.zingers;
  interpolated += other.interpolated;
  edge_tapered = edge_tapered || other.edge_tapered;
  return *this;
}

}  // namespace slicecast::recon
