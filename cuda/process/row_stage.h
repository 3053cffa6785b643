// The last stage: rows of one launch weighted, widened, continued, filtered and stored.
#pragma once

#include <memory>
#include <optional>

#include "common/recon/processing_plan.h"
#include "cuda/device/device.h"
#include "cuda/kernels/process_rows.h"
#include "cuda/process/lane.h"
#include "cuda/process/table_memory.h"

namespace slicecast::cuda {

class RowStage {
 public:
  static Result<std::unique_ptr<RowStage>> make(Device& device, const recon::ProcessDesc& desc,
                                                const recon::ProcessingPlan& plan);

  // Adds what depends on `tapered` to `in` and launches. All frames of a launch are continued
  // beyond their edges, or none.
  Result<void> run(Lane& lane, RowInput in, const RowOutput& out, bool tapered,
                   FrameTally* tally) const;

 private:
  struct Filter {
    recon::RowPadding padding;
    int length = 0;
    bool by_kernel = true;  // else by RowFourier
    std::size_t gain = 0, twiddles = 0, taper_weight = 0;
  };
  explicit RowStage(Device& device) : device_(device) {}
  Filter add(const recon::RowPadding& padding, const recon::ProcessDesc& desc, double tau_mm);
  Result<void> weigh(Lane& lane, const RowInput& in, const RowOutput& out, FrameTally* tally) const;
  Result<void> filter_long(Lane& lane, const Filter& filter, const RowInput& in,
                           const RowOutput& out, FrameTally* tally) const;

  Device& device_;
  TableMemory tables_;
  std::optional<Filter> zero_, taper_;
};

}  // namespace slicecast::cuda
