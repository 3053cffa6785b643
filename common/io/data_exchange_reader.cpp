#include <numeric>

#include "common/io/geometry_attributes.h"
#include "common/io/scan_file_layout.h"
#include "common/io/window_attributes.h"

namespace slicecast::io {
namespace {

constexpr const char* kProjections = "/exchange/data";
constexpr const char* kDetector = "/measurement/instrument/detector/";

bool link_exists(hid_t file, const char* path) {
  return H5Lexists(file, path, H5P_DEFAULT) > 0;
}

Result<void> add_stack(hid_t file, const std::string& file_name, const char* path, FrameKind kind,
                       ScanLayout& layout) {
  auto stack = open_stack(file, file_name, path);
  if (!stack) return stack.error();
  const auto k = static_cast<std::size_t>(kind);
  layout.stack_of_kind[k] = layout.stacks.size();
  layout.frames_of_kind[k].resize(stack->frames);
  std::iota(layout.frames_of_kind[k].begin(), layout.frames_of_kind[k].end(), 0u);
  layout.stacks.push_back(std::move(*stack));
  return {};
}

Result<void> read_own_group(hid_t file, const std::string& file_name,
                            ScanDescription& description) {
  auto stored = read_geometry(file, file_name);
  if (!stored) return stored.error();
  if (*stored) {
    auto angles = std::move(description.geometry.angle_table_rad);
    description.geometry = std::move(**stored);
    description.geometry.rows = description.rows;
    description.geometry.columns = description.columns;
    description.geometry.angle_table_rad = std::move(angles);
    if (auto ok = geometry::validate(description.geometry); !ok)
      return Error{Errc::malformed,
                   file_name + ": the stored geometry is refused: " + ok.error().message};
    description.geometry_stored = true;
  }
  if (!link_exists(file, "/slicecast")) return {};
  const Hdf5Handle group(H5Gopen2(file, "/slicecast", H5P_DEFAULT));
  if (group) {
    description.already_linear = number_attribute(group.get(), "already_linear").value_or(0) != 0;
    auto window = read_window(group.get(), file_name);
    if (!window) return window.error();
    description.window = *std::move(window);
  }
  const Hdf5Handle ids = open_dataset(file, "/slicecast/projection_ids");
  if (!ids) return {};
  const auto numbers = read_numbers(ids.get(), file_name, "/slicecast/projection_ids", 1u << 31);
  if (!numbers) return numbers.error();
  if (numbers->size() != description.projections)
    return Error{Errc::malformed, file_name +
                                      ": '/slicecast/projection_ids' does not have one "
                                      "number per projection; write the file again"};
  for (std::size_t i = 0; i < numbers->size(); ++i) {
    const double id = (*numbers)[i];
    if (!(id >= 0 && id < 0x1p53))
      return Error{Errc::malformed, file_name + ": '/slicecast/projection_ids' holds no id"};
    description.ids[i] = static_cast<std::uint64_t>(id);
  }
  return {};
}

}  // namespace

bool is_data_exchange(hid_t file) {
  return link_exists(file, "/exchange");
}

Result<ScanLayout> read_data_exchange(hid_t file, const std::string& file_name) {
  ScanLayout layout;
  auto& description = layout.description;
  description.format = ScanFormat::data_exchange;
  if (!link_exists(file, kProjections))
    return Error{Errc::not_found,
                 file_name +
                     ": dataset '/exchange/data' is missing; a Data Exchange file keeps "
                     "its projections there"};
  if (auto ok = add_stack(file, file_name, kProjections, FrameKind::projection, layout); !ok)
    return ok.error();
  if (link_exists(file, "/exchange/data_dark"))
    if (auto ok = add_stack(file, file_name, "/exchange/data_dark", FrameKind::dark, layout); !ok)
      return ok.error();
  if (link_exists(file, "/exchange/data_white"))
    if (auto ok = add_stack(file, file_name, "/exchange/data_white", FrameKind::flat, layout); !ok)
      return ok.error();
  if (auto ok = describe_stacks(file_name, layout); !ok) return ok.error();

  description.projections = layout.frames_of_kind[0].size();
  description.darks = layout.frames_of_kind[1].size();
  description.flats = layout.frames_of_kind[2].size();
  description.ids.resize(description.projections);
  std::iota(description.ids.begin(), description.ids.end(), 0u);
  // Data Exchange does not say when darks and flats were taken; they are needed first.
  for (FrameKind kind : {FrameKind::dark, FrameKind::flat, FrameKind::projection})
    for (std::uint32_t frame : layout.frames_of_kind[static_cast<std::size_t>(kind)])
      description.sequence.push_back({kind, frame});

  if (link_exists(file, "/exchange/theta")) {
    auto angles = read_angles(file, file_name, "/exchange/theta");
    if (!angles) return angles.error();
    if (angles->size() != description.projections)
      return Error{Errc::malformed, file_name + ": '/exchange/theta' has " +
                                        std::to_string(angles->size()) + " angles for " +
                                        std::to_string(description.projections) +
                                        " projections; give one per projection"};
    description.angles_rad = *angles;
    description.geometry.angle_table_rad = std::move(*angles);
  } else {
    description.notes.push_back("there is no '/exchange/theta': give angle start and step");
  }
  const auto length = [&](const char* name) -> std::optional<double> {
    if (!link_exists(file, "/measurement") || !link_exists(file, "/measurement/instrument"))
      return std::nullopt;
    return read_quantity(file, kDetector + std::string(name), Quantity::length_mm,
                         description.notes);
  };
  auto x = length("actual_pixel_size_x"), y = length("actual_pixel_size_y");
  if (!x && !y) x = length("pixel_size_x"), y = length("pixel_size_y");
  set_pixel_size(description, x, y);
  description.distance_mm = length("distance");
  description.energy_kev = read_quantity(file, "/measurement/instrument/monochromator/energy",
                                         Quantity::energy_kev, description.notes);
  if (auto ok = read_own_group(file, file_name, description); !ok) return ok.error();
  return layout;
}

}  // namespace slicecast::io
