// The plain double-precision implementation of `Processor`, which every other one is tested
// against.
#pragma once

#include <memory>

#include "common/base/error.h"
#include "common/recon/processing.h"

namespace slicecast::recon {

// Refuses what `validate(desc)` refuses, with the same message.
Result<std::unique_ptr<Processor>> make_reference_processor(const ProcessDesc& desc);

}  // namespace slicecast::recon
