// What the cases about processing share: tests/support/process_scene.h, and the processor on the
// card of this program.
#pragma once

#include <memory>

#include "cuda/process/processor.h"
#include "tests/support/process_scene.h"

namespace slicecast::cuda::tests {

using recon::test::agrees_with_reference;
using recon::test::cone_scan;
using recon::test::counting_desc;
using recon::test::filtered;
using recon::test::line_image;
using recon::test::linear_desc;
using recon::test::parallel_scan;
using recon::test::random_frame;
using recon::test::reference_of;
using recon::test::relative_error;
using Image = recon::test::Output;  // networks have another Output

std::unique_ptr<CardProcessor> processor_on_card(const recon::ProcessDesc& desc);
void check_same_counts(const recon::ProcessCounts& found, const recon::ProcessCounts& expected);

}  // namespace slicecast::cuda::tests
