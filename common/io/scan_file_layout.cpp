#include "common/io/scan_file_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "common/io/units.h"

namespace slicecast::io {
namespace {

constexpr double kLargestAngle = 1e7;  // radians; more than a million turns
constexpr std::uint64_t kMostFrames = std::uint64_t{1} << 31;
constexpr std::uint64_t kLongestSide = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostFrameBytes = std::uint64_t{4} << 30;
constexpr std::uint64_t kMostCacheBytes = std::uint64_t{512} << 20;

std::string listed(const std::vector<std::uint64_t>& shape) {
  std::string text = "{";
  for (auto extent : shape) text += (text.size() > 1 ? "," : "") + std::to_string(extent);
  return text + "}";
}

// Access properties whose cache holds every chunk that one frame touches: without them each frame
// of a chunk of many would be decompressed anew.
Hdf5Handle frame_access(hid_t dataset, const std::vector<std::uint64_t>& shape,
                        std::size_t pixel_bytes) {
  Hdf5Handle creation(H5Dget_create_plist(dataset)), access(H5Pcreate(H5P_DATASET_ACCESS));
  if (H5Pget_layout(creation.get()) != H5D_CHUNKED) return access;
  std::array<hsize_t, 3> chunk{};
  if (H5Pget_chunk(creation.get(), 3, chunk.data()) != 3) return access;
  std::uint64_t chunks = 1, bytes = pixel_bytes;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (chunk[axis] == 0) return access;
    if (axis > 0) chunks *= (shape[axis] + chunk[axis] - 1) / chunk[axis];
    bytes *= chunk[axis];
  }
  const std::uint64_t wanted = std::min(bytes * chunks, kMostCacheBytes);
  const std::uint64_t slots = std::clamp<std::uint64_t>(chunks * 10 + 1, 521, 1 << 20);
  H5Pset_chunk_cache(access.get(), slots, std::max<std::uint64_t>(wanted, 1 << 20), 1.0);
  return access;
}

}  // namespace

Result<FrameStack> open_stack(hid_t file, const std::string& file_name, const std::string& path) {
  const std::string name = "dataset '" + path + "' ";
  Hdf5Handle dataset = open_dataset(file, path);
  if (!dataset)
    return hdf5_error(Errc::not_found, file_name,
                      name +
                          "is missing or its external file cannot be opened; put the files "
                          "side by side as they were written");
  const auto shape = shape_of(dataset.get());
  if (shape.size() != 3)
    return hdf5_error(Errc::malformed, file_name,
                      name + "has rank " + std::to_string(shape.size()) +
                          ", not 3 {frame,row,column}; is this a raw scan?");
  if (shape[0] == 0 || shape[1] == 0 || shape[2] == 0)
    return hdf5_error(Errc::malformed, file_name,
                      name + "is empty " + listed(shape) + "; the scan was not written completely");
  const auto type = pixel_type_of(dataset.get());
  if (!type)
    return Error{Errc::malformed, file_name + ": " + name +
                                      "does not hold integers or floats of 1 to 8 bytes (but e.g. "
                                      "complex numbers); write the raw counts into it"};
  if (shape[0] > kMostFrames || shape[1] > kLongestSide || shape[2] > kLongestSide ||
      shape[1] * shape[2] * size_of(*type) > kMostFrameBytes)
    return hdf5_error(Errc::malformed, file_name,
                      name + "claims to be " + listed(shape) +
                          "; at most 2^31 frames of 2^20 x 2^20 pixels and 4 GiB are read");
  FrameStack stack;
  const Hdf5Handle access = frame_access(dataset.get(), shape, size_of(*type));
  dataset = Hdf5Handle();  // the cache is fixed by the first open handle of a dataset
  stack.dataset = open_dataset(file, path, access.get());
  if (!stack.dataset) return hdf5_error(Errc::io, file_name, name + "cannot be opened again");
  stack.path = path;
  stack.frames = shape[0];
  stack.rows = static_cast<int>(shape[1]);
  stack.columns = static_cast<int>(shape[2]);
  stack.type = *type;
  return stack;
}

Result<void> describe_stacks(const std::string& file_name, ScanLayout& layout) {
  const FrameStack& first = layout.stacks.front();
  auto& description = layout.description;
  description.rows = first.rows;
  description.columns = first.columns;
  description.pixel_type = first.type;
  bool mixed = false, wide = false;
  for (const auto& stack : layout.stacks) {
    if (stack.rows != first.rows || stack.columns != first.columns)
      return hdf5_error(Errc::malformed, file_name,
                        "dataset '" + stack.path + "' has frames of " + std::to_string(stack.rows) +
                            " x " + std::to_string(stack.columns) + " pixels but '" + first.path +
                            "' has " + std::to_string(first.rows) + " x " +
                            std::to_string(first.columns));
    mixed = mixed || stack.type != first.type;
    wide = wide || (size_of(stack.type) >= 4 && stack.type != PixelType::f32);
  }
  if (mixed) description.pixel_type = wide ? PixelType::f64 : PixelType::f32;
  description.geometry.rows = description.rows;
  description.geometry.columns = description.columns;
  return {};
}

Result<std::vector<double>> read_angles(hid_t file, const std::string& file_name,
                                        const std::string& path) {
  const Hdf5Handle dataset = open_dataset(file, path);
  if (!dataset)
    return hdf5_error(Errc::not_found, file_name, "angles '" + path + "' cannot be opened");
  auto angles = read_numbers(dataset.get(), file_name, path, kMostFrames);
  if (!angles) return angles;
  const std::string unit = string_attribute(dataset.get(), "units").value_or("degrees");
  const auto factor = radians_per(unit);
  if (!factor)
    return hdf5_error(Errc::malformed, file_name,
                      "angles '" + path + "' have the unknown unit '" + unit +
                          "'; write degrees or radians into its units attribute");
  for (double& angle : *angles) {
    angle *= *factor;
    if (!(std::abs(angle) <= kLargestAngle)) {
      char value[32];
      std::snprintf(value, sizeof value, "%g", angle / *factor);
      return Error{Errc::malformed, file_name + ": angles '" + path + "' contain " + value + " " +
                                        unit +
                                        ", which no rotation stage tells; correct it, or take the "
                                        "projection out"};
    }
  }
  return angles;
}

std::optional<double> read_quantity(hid_t file, const std::string& path, Quantity quantity,
                                    std::vector<std::string>& notes) {
  const Hdf5Handle dataset = open_dataset(file, path);
  if (!dataset) return std::nullopt;
  const auto values = read_numbers(dataset.get(), "", path, 1 << 20);
  if (!values || values->empty()) {
    notes.push_back("'" + path + "' holds no number and is ignored");
    return std::nullopt;
  }
  const auto unit = string_attribute(dataset.get(), "units");
  const auto factor = !unit                             ? std::nullopt
                      : quantity == Quantity::length_mm ? millimetres_per(*unit)
                                                        : kev_per(*unit);
  const double value = values->front() * factor.value_or(0);
  if (value > 0 && std::isfinite(value)) return value;
  notes.push_back("'" + path + "' is ignored: " +
                  (factor ? std::string("not a positive number")
                   : unit ? "unknown unit '" + *unit + "'"
                          : "it has no units attribute"));
  return std::nullopt;
}

void set_pixel_size(ScanDescription& description, std::optional<double> x_mm,
                    std::optional<double> y_mm) {
  auto& geometry = description.geometry;
  geometry.pixel_mm = 1;
  geometry.pixel_size_known = false;
  if (!x_mm && !y_mm) return;
  const double x = x_mm.value_or(y_mm.value_or(1)), y = y_mm.value_or(x);
  if (std::abs(x - y) > 1e-3 * x) {
    description.notes.push_back("pixels of " + std::to_string(x) + " x " + std::to_string(y) +
                                " mm are not square: the pixel size is treated as unknown");
    return;
  }
  geometry.pixel_mm = x;
  geometry.pixel_size_known = true;
}

}  // namespace slicecast::io
