// The embedded implementation of `Processor`: Highway for pixel arithmetic, FFTW for row
// transforms, oneTBB over rows.
#pragma once

#include <memory>

#include "common/base/error.h"
#include "common/recon/processing.h"

namespace slicecast::recon {

// Refuses what `validate(desc)` refuses, with the same message.
Result<std::unique_ptr<Processor>> make_cpu_processor(const ProcessDesc& desc);

}  // namespace slicecast::recon
