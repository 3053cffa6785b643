// Raw frame to line integrals, on blocks of rows that stay in the processor's second-level cache.
#pragma once

#include <atomic>
#include <memory>

#include "common/recon/cpu/fftw_plans.h"
#include "common/recon/cpu/scratch.h"
#include "common/recon/processing_plan.h"

namespace slicecast::recon {

struct FrameCounts {  // of one frame, from all its row blocks
  std::atomic<std::uint64_t> clamped{0}, zingers{0};
};

// A frame on its way: the raw pixels and what was found out about it as a whole.
struct FrameInput {
  const void* raw = nullptr;
  float air_scale = 1;
  const float* transmissions = nullptr;  // whole upright frame, when phase retrieval has made one
};

class LineStage {
 public:
  // Memory of one task.
  struct Workspace {
    AlignedFloats transmissions, cleaned, sum;
    std::vector<std::byte> upright;  // raw pixels of a block, when the frame lies otherwise
  };

  LineStage(const ProcessDesc& desc, const ProcessingPlan& plan);

  int block_rows() const { return block_rows_; }  // line rows per call that keep to the cache
  std::unique_ptr<Workspace> make_workspace() const;

  // Phase retrieval needs the whole frame first: fill a rows x columns image by `transmission_rows`
  // (any blocks, any order), then `retrieve_phase`, then pass it as FrameInput::transmissions.
  bool needs_whole_frame() const { return phase_ != nullptr; }
  void transmission_rows(const FrameInput& frame, int first, int count, Workspace& w,
                         FrameCounts& counts, float* image) const;
  void retrieve_phase(float* image) const;

  // Line rows first..first+count-1 (at most block_rows) to `out`, rows `stride` floats apart, each
  // a work row as process_kernels.h defines it. Before straightening and ring correction.
  void line_rows(const FrameInput& frame, int first, int count, Workspace& w, FrameCounts& counts,
                 float* out, std::size_t stride) const;

 private:
  struct Span {  // upright pixels
    int row, rows, column, columns;
  };
  struct Rows {  // of work memory
    float* first;
    std::size_t stride;
    float* operator[](int i) const { return first + i * stride; }
  };
  // Transmissions of a span, bad pixels interpolated.
  void transmissions(const FrameInput& frame, const Span& span, Workspace& w, Rows out) const;
  void interpolate(const FrameInput& frame, int row, const Span& span, float* out) const;
  const std::byte* upright_rows(const void* raw, const Span& span, Workspace& w,
                                std::ptrdiff_t& row_bytes) const;
  // The same without zingers and non-finite values, which are counted within the region.
  Rows cleaned(const FrameInput& frame, const Span& span, Workspace& w, FrameCounts& counts) const;
  Rows without_zingers(Rows with_border, const Span& span, Workspace& w, FrameCounts& counts) const;
  void replace_non_finite(float* row, int upright_row, int column, int columns,
                          FrameCounts& counts) const;
  Span counted(int upright_row, int column, int columns) const;

  const ProcessDesc& desc_;
  const ProcessingPlan& plan_;
  int block_rows_;
  float substitute_;                 // for a non-finite transmission
  AlignedFloats dark_, reciprocal_;  // upright frames; empty when already linear
  std::unique_ptr<CosinePlans> phase_;
  AlignedFloats phase_gain_;
};

}  // namespace slicecast::recon
