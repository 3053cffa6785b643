#include "cuda/process/detector_tables.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace slicecast::cuda {
namespace {

using recon::Coverage;
using recon::ProcessDesc;
using recon::ProcessingPlan;

// Bad pixels are marked as RawFrames says. Empty when raw pixels are what is wanted.
std::vector<Correction> corrections_of(const ProcessDesc& desc, const ProcessingPlan& plan) {
  const bool linear = desc.parameters.already_linear;
  if (linear && plan.interpolation.empty()) return {};
  const std::size_t pixels = static_cast<std::size_t>(plan.upright.rows) * plan.upright.columns;
  std::vector<Correction> c(pixels, Correction{0, 1});
  for (std::size_t i = 0; i < pixels && !linear; ++i) {
    c[i].dark = desc.dark ? (*desc.dark)[i] : 0.0F;
    const double open = desc.flat ? static_cast<double>((*desc.flat)[i]) - c[i].dark
                                  : desc.parameters.incident_counts;
    c[i].reciprocal = static_cast<float>(1 / open);
  }
  for (int row = 0; row < plan.upright.rows && !plan.interpolation.empty(); ++row)
    for (int i = plan.interpolation.first_of_row[row]; i < plan.interpolation.first_of_row[row + 1];
         ++i) {
      const std::size_t pixel =
          static_cast<std::size_t>(row) * plan.upright.columns + plan.interpolation.column[i];
      c[pixel] = {bits_as_float(static_cast<std::uint32_t>(i)), 0};
    }
  return c;
}

std::vector<float> as_floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

Result<std::unique_ptr<DetectorTables>> DetectorTables::make(Device& device,
                                                             const ProcessDesc& desc,
                                                             const ProcessingPlan& plan) {
  std::unique_ptr<DetectorTables> t(new DetectorTables);
  const std::vector<Correction> corrections = corrections_of(desc, plan);
  const recon::Interpolation& bad = plan.interpolation;
  std::vector<int> source_row, source_column;
  for (const std::int64_t pixel : bad.source) {
    source_row.push_back(static_cast<int>(pixel / plan.upright.columns));
    source_column.push_back(static_cast<int>(pixel % plan.upright.columns));
  }
  std::vector<float> redundancy;
  if (desc.coverage == Coverage::offset_axis)
    redundancy = as_floats(recon::redundancy_weights(desc, plan, 0));
  const bool ring = desc.parameters.ring_correction && desc.ring;

  TableMemory& memory = t->memory_;
  const std::size_t correction = memory.add(corrections);
  const std::size_t first_source = memory.add(bad.first_source);
  const std::size_t rows = memory.add(source_row), columns = memory.add(source_column);
  const std::size_t weight = memory.add(as_floats(bad.weight));
  const std::size_t redundant = memory.add(redundancy);
  const std::size_t ring_profile = memory.add(ring ? *desc.ring : std::vector<float>{});
  if (auto ok = memory.upload(device); !ok) return ok.error();

  const recon::PixelParameters& p = desc.parameters;
  const auto least =
      std::max(static_cast<float>(p.minimum_transmission), std::numeric_limits<float>::min());
  t->raw.type = desc.pixel_type;
  if (!corrections.empty()) t->raw.corrections = memory.at<Correction>(correction);
  t->raw.columns = plan.upright.columns;
  t->raw.origin = static_cast<int>(plan.upright.origin);
  t->raw.row_step = static_cast<int>(plan.upright.row_step);
  t->raw.column_step = static_cast<int>(plan.upright.column_step);
  t->raw.bad_pixels = static_cast<int>(bad.column.size());
  t->raw.substitute = p.already_linear ? 0.0F : least;
  t->patch.first_source = memory.at<int>(first_source);
  t->patch.source_row = memory.at<int>(rows);
  t->patch.source_column = memory.at<int>(columns);
  t->patch.weight = memory.at<float>(weight);
  t->log = {.linear = p.already_linear, .least = least};
  t->area = {.row = plan.region.row,
             .column = plan.region.column,
             .rows = plan.layout.line_rows,
             .columns = plan.layout.line_columns,
             .binning = plan.binning};
  if (ring) t->ring = memory.at<float>(ring_profile);

  RowInput& r = t->rows;
  r.log = t->log;
  r.area = t->area;
  r.left_pad = plan.left_pad;
  r.columns = plan.layout.columns;
  r.uniform = desc.coverage == Coverage::full_turn ? 0.5F : 1.0F;
  if (!redundancy.empty()) r.redundancy = memory.at<float>(redundant);
  r.cone = plan.scan.cone;
  if (r.cone) {
    const double distance = plan.scan.source_detector_mm;
    r.slope_u0 = static_cast<float>(plan.u_mm(0) / distance);
    r.slope_per_column = static_cast<float>((plan.u_mm(1) - plan.u_mm(0)) / distance);
    r.slope_v0 = static_cast<float>(plan.v_mm(0) / distance);
    r.slope_per_row = static_cast<float>((plan.v_mm(1) - plan.v_mm(0)) / distance);
  }
  return t;
}

}  // namespace slicecast::cuda
