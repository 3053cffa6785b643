// What the two format readers hand to ScanFile.
#pragma once

#include <string>
#include <vector>

#include "common/io/hdf5.h"
#include "common/io/scan_file.h"

namespace slicecast::io {

// A three-dimensional dataset [frame][row][column].
struct FrameStack {
  Hdf5Handle dataset;
  std::string path;
  std::uint64_t frames = 0;
  int rows = 0, columns = 0;
  PixelType type = PixelType::u16;
};

struct ScanLayout {
  ScanDescription description;
  std::vector<FrameStack> stacks;
  // Per kind (index = FrameKind): which stack, and which frame of it for each index.
  std::size_t stack_of_kind[3] = {0, 0, 0};
  std::vector<std::uint32_t> frames_of_kind[3];
};

// Checks rank, extents and type; opens with a chunk cache that fits one frame's chunks.
Result<FrameStack> open_stack(hid_t file, const std::string& file_name, const std::string& path);

// Fills rows, columns and pixel type of the description from the stacks, which must agree in size.
Result<void> describe_stacks(const std::string& file_name, ScanLayout& layout);

// The `units` attribute decides, degrees otherwise. An unknown unit is an error.
Result<std::vector<double>> read_angles(hid_t file, const std::string& file_name,
                                        const std::string& path);

// Length (mm) or energy (keV) at `path`, with its units; absent, unit-less or unknown: nullopt and,
// if something was there, a note.
enum class Quantity { length_mm, energy_kev };
std::optional<double> read_quantity(hid_t file, const std::string& path, Quantity quantity,
                                    std::vector<std::string>& notes);

// Sets the pixel size of the geometry from separate x and y sizes, which must agree.
void set_pixel_size(ScanDescription& description, std::optional<double> x_mm,
                    std::optional<double> y_mm);

bool is_data_exchange(hid_t file);
Result<ScanLayout> read_data_exchange(hid_t file, const std::string& file_name);
Result<ScanLayout> read_nx_tomo(hid_t file, const std::string& file_name);

}  // namespace slicecast::io
