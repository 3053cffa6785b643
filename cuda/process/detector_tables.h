// What one epoch's descriptor comes to on the card: corrections, bad pixels, weights and ring, and
// the kernels' arguments that point to them. Immutable; read by every launch of the epoch.
#pragma once

#include <memory>

#include "common/recon/processing_plan.h"
#include "cuda/device/device.h"
#include "cuda/kernels/process_frame.h"
#include "cuda/kernels/process_rows.h"
#include "cuda/process/table_memory.h"

namespace slicecast::cuda {

class DetectorTables {
 public:
  static Result<std::unique_ptr<DetectorTables>> make(Device& device,
                                                      const recon::ProcessDesc& desc,
                                                      const recon::ProcessingPlan& plan);

  // Without what belongs to a launch: frames, air, patched values, tallies, images.
  RawFrames raw;
  PatchBadPixels patch;
  Logarithm log;
  LineArea area;
  const float* ring = nullptr;  // null: none is subtracted
  RowInput rows;                // with the weights that all frames share

 private:
  DetectorTables() = default;
  TableMemory memory_;
};

}  // namespace slicecast::cuda
