// Descriptors and frames that the cases about processing share, and the comparison with the
// reference.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "common/recon/processing.h"
#include "cuda/process/processor.h"

namespace slicecast::cuda::tests {

geometry::ScanGeometry parallel_scan(int rows, int columns);
geometry::ScanGeometry cone_scan(int rows, int columns);

// uint16 counts under an uneven flat and dark with a few dead pixels.
recon::ProcessDesc counting_desc(const geometry::ScanGeometry& g);
// Line integrals as float32, zero padding.
recon::ProcessDesc linear_desc(const geometry::ScanGeometry& g);

// A frame with transmissions 0.05 to 1 in the descriptor's pixel type.
std::vector<std::byte> random_frame(const recon::ProcessDesc& desc, unsigned seed);

struct Image {
  int rows = 0, columns = 0;
  std::vector<float> pixels;
  recon::ProcessCounts counts;
};
Image filtered(const recon::Processor& processor, const void* raw, double angle);
Image line_image(const recon::Processor& processor, const void* raw);

std::unique_ptr<CardProcessor> processor_on_card(const recon::ProcessDesc& desc);
std::unique_ptr<recon::Processor> reference_of(const recon::ProcessDesc& desc);

// Root mean square of the difference over that of the expected values.
double relative_error(const std::vector<float>& found, const std::vector<float>& expected);
void check_same_counts(const recon::ProcessCounts& found, const recon::ProcessCounts& expected);

// Line integrals and filtered rows to 1e-5 of the reference, counts exactly.
void agrees_with_reference(const recon::ProcessDesc& desc, double angle = 0.3, unsigned seed = 7);

}  // namespace slicecast::cuda::tests
