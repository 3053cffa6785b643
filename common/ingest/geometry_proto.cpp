#include "common/ingest/geometry_proto.h"

#include <fmt/format.h>

#include <cmath>
#include <initializer_list>

#include "common/ingest/limits.h"
#include "common/ingest/pixel_proto.h"

namespace slicecast::ingest {
namespace {

constexpr int kNumbersPerVector = 12;

Error malformed_geometry(std::string what) {
  return {Errc::malformed, "scan geometry: " + std::move(what)};
}

template <class Numbers>
bool all_finite(const Numbers& numbers) {
  for (const double number : numbers) {
    if (!std::isfinite(number)) return false;
  }
  return true;
}

Result<void> check_lists(const v1::Geometry& message) {
  if (message.angle_table_rad_size() > kMaxListedAngles)
    return malformed_geometry(fmt::format("more than {} angles in the table", kMaxListedAngles));
  if (message.vectors_mm_size() % kNumbersPerVector != 0)
    return malformed_geometry("measured vectors are not twelve numbers each");
  if (message.vectors_mm_size() / kNumbersPerVector > kMaxListedAngles)
    return malformed_geometry(fmt::format("more than {} measured vectors", kMaxListedAngles));
  if (!all_finite(message.angle_table_rad()) || !all_finite(message.vectors_mm()))
    return malformed_geometry("an angle or measured vector is not a finite number");
  return {};
}

Result<void> check_scalars(const v1::Geometry& message) {
  if (message.rows() == 0 || message.columns() == 0 || message.rows() > kMaxDimension ||
      message.columns() > kMaxDimension) {
    return malformed_geometry(fmt::format("{} rows x {} columns; each is 1 to {}", message.rows(),
                                          message.columns(), kMaxDimension));
  }
  if (!v1::Beam_IsValid(message.beam())) return malformed_geometry("unknown beam");
  if (!all_finite(std::initializer_list<double>{
          message.pixel_mm(), message.axis_column(), message.principal_column(),
          message.principal_row(), message.source_axis_mm(), message.source_detector_mm(),
          message.tilt_rad(), message.roll_rad(), message.pitch_rad(), message.angle_start_rad(),
          message.angle_step_rad()})) {
    return malformed_geometry("a length or angle is not a finite number");
  }
  const double sense = message.rotation_sense();
  if (sense != 0 && sense != 1 && sense != -1)
    return malformed_geometry("rotation_sense is neither 1 nor -1");
  if (message.pixel_mm() < 0) return malformed_geometry("pixel_mm is negative; 0 says unknown");
  return {};
}

}  // namespace

v1::Geometry to_proto(const geometry::ScanGeometry& geometry) {
  v1::Geometry message;
  message.set_beam(geometry.beam == geometry::Beam::cone ? v1::CONE : v1::PARALLEL);
  message.set_rows(static_cast<std::uint32_t>(geometry.rows));
  message.set_columns(static_cast<std::uint32_t>(geometry.columns));
  message.set_pixel_mm(geometry.pixel_size_known ? geometry.pixel_mm : 0);
  if (geometry.axis_column) message.set_axis_column(*geometry.axis_column);
  if (geometry.principal_column) message.set_principal_column(*geometry.principal_column);
  if (geometry.principal_row) message.set_principal_row(*geometry.principal_row);
  message.set_source_axis_mm(geometry.source_axis_mm);
  message.set_source_detector_mm(geometry.source_detector_mm);
  message.set_tilt_rad(geometry.tilt_rad);
  message.set_roll_rad(geometry.roll_rad);
  message.set_pitch_rad(geometry.pitch_rad);
  message.set_rotation_sense(geometry.rotation_sense);
  message.set_transpose(geometry.transpose);
  message.set_flip_u(geometry.flip_u);
  message.set_flip_v(geometry.flip_v);
  message.set_angle_start_rad(geometry.angle_start_rad);
  message.set_angle_step_rad(geometry.angle_step_rad);
  message.mutable_angle_table_rad()->Add(geometry.angle_table_rad.begin(),
                                         geometry.angle_table_rad.end());
  for (const auto& vector : geometry.vectors)
    message.mutable_vectors_mm()->Add(vector.v.begin(), vector.v.end());
  return message;
}

Result<geometry::ScanGeometry> from_proto(const v1::Geometry& message) {
  if (auto checked = check_scalars(message); !checked) return checked.error();
  if (auto checked = check_lists(message); !checked) return checked.error();
  geometry::ScanGeometry g;
  g.beam = message.beam() == v1::CONE ? geometry::Beam::cone : geometry::Beam::parallel;
  g.rows = static_cast<int>(message.rows());
  g.columns = static_cast<int>(message.columns());
  g.pixel_size_known = message.pixel_mm() > 0;
  g.pixel_mm = g.pixel_size_known ? message.pixel_mm() : 1;
  if (message.has_axis_column()) g.axis_column = message.axis_column();
  if (message.has_principal_column()) g.principal_column = message.principal_column();
  if (message.has_principal_row()) g.principal_row = message.principal_row();
  g.source_axis_mm = message.source_axis_mm();
  g.source_detector_mm = message.source_detector_mm();
  g.tilt_rad = message.tilt_rad();
  g.roll_rad = message.roll_rad();
  g.pitch_rad = message.pitch_rad();
  g.rotation_sense = message.rotation_sense() < 0 ? -1 : 1;
  g.transpose = message.transpose();
  g.flip_u = message.flip_u();
  g.flip_v = message.flip_v();
  g.angle_start_rad = message.angle_start_rad();
  g.angle_step_rad = message.angle_step_rad();
  g.angle_table_rad.assign(message.angle_table_rad().begin(), message.angle_table_rad().end());
  g.vectors.resize(static_cast<std::size_t>(message.vectors_mm_size() / kNumbersPerVector));
  for (std::size_t i = 0; i < g.vectors.size(); ++i) {
    const auto first = message.vectors_mm().begin() + static_cast<int>(i) * kNumbersPerVector;
    std::copy(first, first + kNumbersPerVector, g.vectors[i].v.begin());
  }
  if (auto valid = geometry::validate(g); !valid)
    return Error{Errc::malformed, valid.error().message};
  return g;
}

v1::ScanStart to_proto(const ScanInfo& scan) {
  v1::ScanStart message;
  message.set_scan_id(scan.scan_id);
  *message.mutable_geometry() = to_proto(scan.geometry);
  *message.mutable_window() = scan.window;
  message.set_pixel_type(to_proto(scan.pixel_type));
  message.set_already_linear(scan.already_linear);
  message.set_incident_counts(scan.incident_counts);
  message.set_projections(scan.projections);
  message.set_title(scan.title);
  return message;
}

Result<ScanInfo> from_proto(const v1::ScanStart& message) {
  constexpr std::size_t kMaxText = 1024;
  if (message.scan_id().empty() || message.scan_id().size() > kMaxText)
    return Error{Errc::malformed, "scan start: scan_id must have 1 to 1024 bytes"};
  if (message.title().size() > kMaxText)
    return Error{Errc::malformed, "scan start: the title is longer than 1024 bytes"};
  const auto type = from_proto(message.pixel_type());
  if (!type) return Error{Errc::malformed, "scan start: unknown pixel_type"};
  if (!v1::WindowMode_IsValid(message.window().mode()) ||
      !v1::Coverage_IsValid(message.window().coverage())) {
    return Error{Errc::malformed, "scan start: unknown window mode or coverage"};
  }
  if (!std::isfinite(message.incident_counts()) || message.incident_counts() < 0)
    return Error{Errc::malformed, "scan start: incident_counts must be 0 or a positive number"};
  auto geometry = from_proto(message.geometry());
  if (!geometry) return geometry.error();
  ScanInfo scan;
  scan.scan_id = message.scan_id();
  scan.geometry = *std::move(geometry);
  scan.window = message.window();
  scan.pixel_type = *type;
  scan.already_linear = message.already_linear();
  scan.incident_counts = message.incident_counts();
  scan.projections = message.projections();
  scan.title = message.title();
  return scan;
}

}  // namespace slicecast::ingest
