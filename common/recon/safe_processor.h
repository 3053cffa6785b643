// A processor that outlives the device it computes on: a frame during which the device fails is
// processed again, whole, by what FallbackBackend falls back to.
#pragma once

#include <memory>

#include "common/recon/fallback_backend.h"

namespace slicecast::recon {

// Refuses what `validate(desc)` refuses. `backend` must outlive the processor.
Result<std::unique_ptr<Processor>> make_safe_processor(const FallbackBackend& backend,
                                                       const ProcessDesc& desc);

}  // namespace slicecast::recon
