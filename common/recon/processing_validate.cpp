// What a ProcessDesc must satisfy. Each refusal names its remedy.
#include <algorithm>
#include <cmath>
#include <string>

#include "common/recon/bad_pixels.h"
#include "common/recon/processing_plan.h"

namespace slicecast::recon {
namespace {

Error refused(std::string message) {
  return {Errc::invalid_argument, std::move(message)};
}

std::string size_text(int rows, int columns) {
  return std::to_string(rows) + " x " + std::to_string(columns);
}

bool within(const Rectangle& r, int rows, int columns) {
  return r.row >= 0 && r.column >= 0 && r.rows > 0 && r.columns > 0 && r.rows <= rows &&
         r.columns <= columns && r.row <= rows - r.rows && r.column <= columns - r.columns;
}

Result<void> check_rectangle(const Rectangle& r, const char* name, int rows, int columns) {
  if (r.rows == 0 || within(r, rows, columns)) return {};
  return refused(std::string(name) + " leaves the upright detector of " + size_text(rows, columns) +
                 "; give row, column, rows, columns inside of it or rows = 0 for none");
}

Result<void> check_numbers(const PixelParameters& p) {
  if (!(p.minimum_transmission > 0) || !(p.minimum_transmission < 1))
    return refused("minimum_transmission must lie between 0 and 1; 1e-6 is usual");
  if (!(p.incident_counts >= 0) || !std::isfinite(p.incident_counts))
    return refused("incident_counts must be a positive number of counts, or 0 when unknown");
  if (!(p.bad_pixel_threshold >= 0) || !(p.bad_pixel_threshold < 1))
    return refused("bad_pixel_threshold is a fraction of the median, 0 (off) to below 1");
  if (!(p.zinger_threshold >= 0) || !std::isfinite(p.zinger_threshold))
    return refused("zinger_threshold must be a positive fraction, or 0 to switch it off");
  if (p.binning < 1) return refused("binning must be 1 or more");
  if (!(p.filter_cutoff > 0) || !(p.filter_cutoff <= 1))
    return refused("filter_cutoff is a fraction of the Nyquist frequency, above 0 up to 1");
  return {};
}

Result<void> check_filter(const PixelParameters& p) {
  if (p.filter != RampFilter::table) return {};
  if (p.filter_table.size() < 2)
    return refused("filter table needs at least two gains, at frequency 0 and at Nyquist");
  for (double gain : p.filter_table)
    if (!std::isfinite(gain)) return refused("every gain of filter_table must be a finite number");
  return {};
}

template <class Image>
Result<void> check_image(const Image& image, const char* name, int rows, int columns,
                         const char* remedy) {
  if (!image || image->size() == static_cast<std::size_t>(rows) * columns) return {};
  return refused(std::string(name) + " has " + std::to_string(image->size()) + " pixels, not " +
                 size_text(rows, columns) + "; " + remedy);
}

Result<void> check_linear(const ProcessDesc& desc) {
  const PixelParameters& p = desc.parameters;
  if (p.air.rows != 0)
    return refused("air normalisation needs transmissions, but already_linear is set; clear air");
  if (p.zinger_threshold > 0)
    return refused(
        "zinger removal needs transmissions, but already_linear is set; "
        "set zinger_threshold to 0");
  if (p.paganin.delta_beta != 0)
    return refused("Paganin needs transmissions, but already_linear is set; set delta_beta to 0");
  return {};
}

Result<void> check_intensity(const ProcessDesc& desc) {
  const PixelParameters& p = desc.parameters;
  if (p.already_linear) return check_linear(desc);
  if (!desc.flat && p.incident_counts == 0)
    return refused(
        "no flat field: send flats, set incident_counts to I0, or already_linear for "
        "line integrals");
  if (!desc.flat && p.bad_pixel_threshold > 0)
    return refused("bad_pixel_threshold compares with the flat field; send flats or set it to 0");
  return {};
}

Result<void> check_paganin(const ProcessDesc& desc) {
  const PaganinParameters& p = desc.parameters.paganin;
  if (p.delta_beta == 0) return {};
  if (!(p.delta_beta > 0) || !std::isfinite(p.delta_beta))
    return refused("delta_beta must be positive, or 0 to switch Paganin off");
  if (!desc.geometry.pixel_size_known)
    return refused("Paganin needs the detector's pixel size; set pixel_mm or delta_beta = 0");
  if (!(p.energy_kev > 0) || !std::isfinite(p.energy_kev))
    return refused("Paganin needs the photon energy; set energy_kev");
  if (!(p.distance_mm > 0) || !std::isfinite(p.distance_mm))
    return refused(
        "Paganin needs the propagation distance from sample to detector; "
        "set distance_mm");
  return {};
}

Result<void> check_coverage(const ProcessDesc& desc) {
  const bool cone = desc.geometry.beam == geometry::Beam::cone;
  if (cone && desc.coverage == Coverage::half_turn)
    return refused(
        "a half turn does not cover a cone-beam scan; use full_turn, short_scan or "
        "offset_axis");
  if (!cone && desc.coverage == Coverage::short_scan)
    return refused("short_scan is for cone beam; use half_turn for parallel beam");
  if (!std::isfinite(desc.arc_start_rad))
    return refused("arc_start_rad must be a finite angle in radians");
  return {};
}

Result<void> check_overlap(const ProcessDesc& desc, const ProcessingPlan& plan) {
  if (desc.coverage != Coverage::offset_axis) return {};
  const double axis =
      plan.layout.scale * plan.scan.axis_column - plan.detector_column(0) / plan.binning;
  if (axis > 0 && axis < plan.layout.line_columns - 1) return {};
  return refused(
      "offset_axis needs the rotation axis inside of the region with columns on both "
      "sides; move region or axis_column, or use full_turn");
}

Result<void> check_mask(const ProcessDesc& desc, int rows, int columns) {
  const std::vector<std::uint8_t> mask = bad_pixel_mask(desc);
  if (mask.empty() || std::any_of(mask.begin(), mask.end(), [](auto m) { return m == 0; }))
    return {};
  return refused("all " + size_text(rows, columns) +
                 " pixels are bad (flat not brighter than dark); send new flats or lower "
                 "bad_pixel_threshold");
}

}  // namespace

Result<void> validate(const PixelParameters& parameters) {
  if (auto ok = check_numbers(parameters); !ok) return ok;
  return check_filter(parameters);
}

Result<void> validate(const ProcessDesc& desc) {
  if (auto valid = geometry::validate(desc.geometry); !valid) return valid;
  const PixelParameters& p = desc.parameters;
  const int rows = geometry::upright_rows(desc.geometry);
  const int columns = geometry::upright_columns(desc.geometry);
  if (auto ok = validate(p); !ok) return ok;
  if (auto ok = check_rectangle(p.air, "air", rows, columns); !ok) return ok;
  if (auto ok = check_rectangle(p.region, "region", rows, columns); !ok) return ok;
  if (auto ok = check_intensity(desc); !ok) return ok;
  if (auto ok = check_paganin(desc); !ok) return ok;
  if (auto ok = check_coverage(desc); !ok) return ok;
  const char* resend = "send it again for this detector";
  if (auto ok = check_image(desc.dark, "the dark field", rows, columns, resend); !ok) return ok;
  if (auto ok = check_image(desc.flat, "the flat field", rows, columns, resend); !ok) return ok;
  if (auto ok = check_image(desc.bad, "the bad-pixel mask", rows, columns, resend); !ok) return ok;
  if (auto ok = check_mask(desc, rows, columns); !ok) return ok;

  const Rectangle region = p.region.rows == 0 ? Rectangle{0, 0, rows, columns} : p.region;
  if (p.binning > region.rows || p.binning > region.columns)
    return refused("binning " + std::to_string(p.binning) + " is larger than the region of " +
                   size_text(region.rows, region.columns) + "; lower it");
  const ProcessingPlan plan = plan_layout(desc);
  if (auto ok = check_overlap(desc, plan); !ok) return ok;
  if (p.ring_correction)
    return check_image(desc.ring, "the ring profile", plan.layout.line_rows,
                       plan.layout.line_columns,
                       "estimate it again after a change of region or binning");
  return {};
}

}  // namespace slicecast::recon
