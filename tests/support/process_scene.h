// Descriptors and frames that the processing tests of all backends share, and the comparison with
// the reference.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "common/recon/processing.h"

namespace slicecast::recon::test {

geometry::ScanGeometry parallel_scan(int rows, int columns, double pixel_mm = 0.5);
geometry::ScanGeometry cone_scan(int rows, int columns);

// A uint16 scan with uneven flat (around 40000), dark (around 200) and a few dead pixels; every
// pixel parameter at its default.
ProcessDesc counting_desc(const geometry::ScanGeometry& g, unsigned seed = 1);
// Frames are the line integrals themselves, float32, padded with zeros.
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

// Root mean square of the difference over that of the expected values.
double relative_error(const std::vector<float>& found, const std::vector<float>& expected);

// Line integrals and filtered rows of `processor` to 1e-5 of the reference, counts exactly.
void agrees_with_reference(const Processor& processor, const ProcessDesc& desc,
                           const std::vector<std::byte>& raw, double angle);

// Defined by each program that runs the cases of process_agreement.cpp: its own processor, and that
// processor compared in every way in which it can run.
Result<std::unique_ptr<Processor>> make_tested_processor(const ProcessDesc& desc);
void agrees_with_reference(const ProcessDesc& desc, const std::vector<std::byte>& raw,
                           double angle);
void agrees_with_reference(const ProcessDesc& desc, double angle = 0.3, unsigned seed = 7);

}  // namespace slicecast::recon::test
