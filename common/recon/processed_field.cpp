#include "common/recon/processed_field.h"

namespace slicecast::recon {

geometry::FieldOfView processed_field(const ProcessDesc& desc) {
  const auto g = processed_geometry(desc.geometry);
  const auto& region = desc.parameters.region;
  const bool offset = desc.coverage == Coverage::offset_axis;
  const double c = geometry::axis_column(g) - region.column;
  if (region.rows == 0 || !g.vectors.empty() || c < 0 || c > region.columns - 1)
    return geometry::field_of_view(g, offset);

  auto cropped = g;
  cropped.transpose = cropped.flip_u = cropped.flip_v = false;
  cropped.rows = region.rows;
  cropped.columns = region.columns;
  cropped.axis_column = c;
  if (g.beam == geometry::Beam::cone) {
    cropped.principal_column = geometry::principal_column(g) - region.column;
    cropped.principal_row = geometry::principal_row(g) - region.row;
    return geometry::field_of_view(cropped, offset);
  }
  auto field = geometry::field_of_view(cropped, offset);
  // Parallel rays: heights count from the middle of the rows of the detector at hand.
  const double middle = region.row + (region.rows - 1) / 2.0;
  const double raised = ((geometry::upright_rows(g) - 1) / 2.0 - middle) * g.pixel_mm;
  field.z_min_mm += raised;
  field.z_max_mm += raised;
  return field;
}

}  // namespace slicecast::recon
