#include "common/io/geometry_attributes.h"

#include <cmath>

namespace slicecast::io {
namespace {

using geometry::ScanGeometry;

constexpr const char* kGroup = "/slicecast/geometry";
constexpr const char* kVectors = "/slicecast/geometry/vectors";

// Each plain number of the geometry once, for reading and writing alike.
template <class Geometry, class Visit>
void each_number(Geometry& g, Visit visit) {
  visit("pixel_mm", g.pixel_mm);
  visit("source_axis_mm", g.source_axis_mm);
  visit("source_detector_mm", g.source_detector_mm);
  visit("tilt_rad", g.tilt_rad);
  visit("roll_rad", g.roll_rad);
  visit("pitch_rad", g.pitch_rad);
  visit("rotation_sense", g.rotation_sense);
  visit("angle_start_rad", g.angle_start_rad);
  visit("angle_step_rad", g.angle_step_rad);
}
template <class Geometry, class Visit>
void each_optional(Geometry& g, Visit visit) {
  visit("axis_column", g.axis_column);
  visit("principal_column", g.principal_column);
  visit("principal_row", g.principal_row);
}
template <class Geometry, class Visit>
void each_flag(Geometry& g, Visit visit) {
  visit("pixel_size_known", g.pixel_size_known);
  visit("flip_u", g.flip_u);
  visit("flip_v", g.flip_v);
  visit("transpose", g.transpose);
}

bool group_exists(hid_t file) {
  return H5Lexists(file, "/slicecast", H5P_DEFAULT) > 0 && H5Lexists(file, kGroup, H5P_DEFAULT) > 0;
}

Result<void> read_vectors(hid_t file, const std::string& file_name, ScanGeometry& g) {
  const Hdf5Handle dataset = open_dataset(file, kVectors);
  if (!dataset) return {};
  const auto shape = shape_of(dataset.get());
  if (shape.size() != 2 || shape[1] != 12)
    return hdf5_error(Errc::malformed, file_name,
                      "'" + std::string(kVectors) + "' is not {projections,12}");
  const auto numbers = read_numbers(dataset.get(), file_name, kVectors, std::uint64_t{12} << 24);
  if (!numbers) return numbers.error();
  g.vectors.resize(numbers->size() / 12);
  for (std::size_t i = 0; i < numbers->size(); ++i) g.vectors[i / 12].v[i % 12] = (*numbers)[i];
  return {};
}

}  // namespace

Result<void> write_geometry(hid_t file, const std::string& file_name, const ScanGeometry& g) {
  Hdf5Handle intermediate(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(intermediate.get(), 1);
  const Hdf5Handle group(H5Gcreate2(file, kGroup, intermediate.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (!group) return hdf5_error(Errc::io, file_name, "the geometry cannot be written");
  write_attribute(group.get(), "beam", g.beam == geometry::Beam::cone ? "cone" : "parallel");
  each_number(g,
              [&](const char* name, double value) { write_attribute(group.get(), name, value); });
  each_optional(g, [&](const char* name, const std::optional<double>& value) {
    if (value) write_attribute(group.get(), name, *value);
  });
  each_flag(g, [&](const char* name, bool value) {
    write_attribute(group.get(), name, value ? 1.0 : 0.0);
  });
  if (g.vectors.empty()) return {};
  const hsize_t dims[2] = {g.vectors.size(), 12};
  const Hdf5Handle space(H5Screate_simple(2, dims, nullptr));
  const Hdf5Handle dataset(H5Dcreate2(file, kVectors, H5T_IEEE_F64LE, space.get(), H5P_DEFAULT,
                                      H5P_DEFAULT, H5P_DEFAULT));
  if (!dataset || H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                           g.vectors.data()) < 0)
    return hdf5_error(Errc::io, file_name, "the measured vectors cannot be written");
  return {};
}

Result<std::optional<ScanGeometry>> read_geometry(hid_t file, const std::string& file_name) {
  if (!group_exists(file)) return std::optional<ScanGeometry>();
  const Hdf5Handle group(H5Gopen2(file, kGroup, H5P_DEFAULT));
  if (!group)
    return hdf5_error(Errc::malformed, file_name, "'" + std::string(kGroup) + "' is not a group");
  ScanGeometry g;
  const auto beam = string_attribute(group.get(), "beam");
  if (beam != "cone" && beam != "parallel")
    return hdf5_error(Errc::malformed, file_name,
                      "attribute 'beam' of '" + std::string(kGroup) +
                          "' must be parallel or cone; write the file again");
  g.beam = beam == "cone" ? geometry::Beam::cone : geometry::Beam::parallel;
  each_number(g, [&](const char* name, double& value) {
    value = number_attribute(group.get(), name).value_or(value);
  });
  each_optional(g, [&](const char* name, std::optional<double>& value) {
    value = number_attribute(group.get(), name);
  });
  each_flag(g, [&](const char* name, bool& value) {
    value = number_attribute(group.get(), name).value_or(value ? 1.0 : 0.0) != 0;
  });
  if (auto ok = read_vectors(file, file_name, g); !ok) return ok.error();
  return std::optional(std::move(g));
}

}  // namespace slicecast::io
