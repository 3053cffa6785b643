// Descriptors and frames that the processing tests share.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/recon/cpu/processor.h"
#include "common/recon/cpu/targets.h"
#include "common/recon/processing.h"
#include "common/recon/reference/processor.h"

namespace slicecast::recon::test {

geometry::ScanGeometry parallel_scan(int rows, int columns, double pixel_mm = 0.5);
geometry::ScanGeometry cone_scan(int rows, int columns);

// A uint16 scan with uneven flat (around 40000), dark (around 200) and a few dead pixels; every
// pixel parameter at its default.
ProcessDesc counting_desc(const geometry::ScanGeometry& g, unsigned seed = 1);
// Frames are the line integrals themselves, float32.
ProcessDesc linear_desc(const geometry::ScanGeometry& g);

// Raw frame with transmissions 0.05 to 1 under the descriptor's flat and dark, in its pixel type.
std::vector<std::byte> random_frame(const ProcessDesc& desc, unsigned seed);
std::vector<std::byte> frame_of(PixelType type, const std::vector<double>& values);

struct Output {
  ProcessedLayout layout;
  ProcessCounts counts;
  std::vector<float> pixels;
  float at(int row, int column) const { return pixels[row * columns + column]; }
  int rows = 0, columns = 0;
};
Output filtered(const Processor& processor, const void* raw, double angle = 0);
Output line_image(const Processor& processor, const void* raw);

std::unique_ptr<Processor> reference_of(const ProcessDesc& desc);
std::unique_ptr<Processor> cpu_of(const ProcessDesc& desc);

// Root mean square of the difference over that of the expected values.
double relative_error(const std::vector<float>& found, const std::vector<float>& expected);

// The cpu processor, forced to each compiled instruction set in turn, against the reference: line
// integrals and filtered rows to 1e-5, counts exactly.
void agrees_with_reference(const ProcessDesc& desc, double angle = 0.3, unsigned seed = 7);

}  // namespace slicecast::recon::test
