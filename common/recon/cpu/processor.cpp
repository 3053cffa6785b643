#include "common/recon/cpu/processor.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "common/recon/cpu/line_stage.h"
#include "common/recon/cpu/row_filter.h"
#include "common/recon/transmission.h"

namespace slicecast::recon {
namespace {

class CpuProcessor final : public Processor {
 public:
  explicit CpuProcessor(const ProcessDesc& desc)
      : desc_(desc),
        plan_(plan_processing(desc_)),
        transmission_(desc_, plan_),
        judge_(desc_, plan_),
        lines_(desc_, plan_),
        work_stride_(kernels::row_stride(plan_.layout.line_columns)) {
    const PixelParameters& p = desc_.parameters;
    if (p.filter != RampFilter::none && p.padding != Padding::edge_taper)
      zero_filter_.emplace(desc_, plan_, plan_.zero);
    if (p.filter != RampFilter::none && p.padding != Padding::zero)
      taper_filter_.emplace(desc_, plan_, plan_.taper);
    if (desc_.coverage != Coverage::short_scan) redundancy_ = redundancy_row(0);
    if (plan_.scan.cone) {
      slope_u2_ = AlignedFloats(work_stride_);
      for (int c = 0; c < plan_.layout.line_columns; ++c)
        slope_u2_.get()[c] = slope_squared(plan_.u_mm(c));
    }
  }

  const ProcessedLayout& layout() const override { return plan_.layout; }
  int line_rows() const override { return plan_.layout.line_rows; }
  int line_columns() const override { return plan_.layout.line_columns; }

  ProcessCounts line_integrals(const void* raw, ImageView<float> out) const override {
    return process(raw, [&](const float* rows, int first, int count, Workspace&) {
      for (int i = 0; i < count; ++i)
        std::memcpy(out.row(first + i).data(), rows + i * work_stride_,
                    plan_.layout.line_columns * sizeof(float));
    });
  }

  ProcessCounts filter(const void* raw, double angle_rad, ImageView<float> out) const override {
    AlignedFloats own_weights;
    if (desc_.coverage == Coverage::short_scan) own_weights = redundancy_row(angle_rad);
    const float* redundancy = own_weights.empty() ? redundancy_.get() : own_weights.get();
    const kernels::RowWeights weights{redundancy, slope_u2_.empty() ? nullptr : slope_u2_.get()};
    const bool tapered = tapers(raw);
    ProcessCounts counts = process(raw, [&](const float* rows, int first, int count, Workspace& w) {
      for (int i = 0; i < count; i += 2)
        filter_pair(rows, first, i, count, weights, tapered, w, out);
    });
    counts.edge_tapered = tapered;
    return counts;
  }

 private:
  struct Workspace {
    std::unique_ptr<LineStage::Workspace> lines;
    std::unique_ptr<RowFilter::Workspace> zero, taper;
    AlignedFloats rows, packed;
  };
  struct WholeFrame {
    AlignedFloats transmissions, lines;
  };

  float slope_squared(double distance_mm) const {
    const double slope = distance_mm / plan_.scan.source_detector_mm;
    return static_cast<float>(slope * slope);
  }

  AlignedFloats redundancy_row(double angle_rad) const {
    AlignedFloats row(work_stride_);
    const std::vector<double> weights = redundancy_weights(desc_, plan_, angle_rad);
    std::transform(weights.begin(), weights.end(), row.get(),
                   [](double weight) { return static_cast<float>(weight); });
    return row;
  }

  bool tapers(const void* raw) const {
    if (!zero_filter_ || !taper_filter_) return taper_filter_.has_value();
    return judge_.truncated(raw, transmission_.air_scale(raw));
  }

  std::unique_ptr<Workspace> make_workspace() const {
    auto w = std::make_unique<Workspace>();
    w->lines = lines_.make_workspace();
    w->rows = AlignedFloats(work_stride_ * lines_.block_rows());
    if (!zero_filter_ && !taper_filter_)
      w->packed = AlignedFloats(2 * work_stride_ + kernels::kRowUnit);
    return w;
  }

  // Calls `block(first, count, workspace)` for blocks of up to `per_block` rows, on the caller's
  // arena.
  template <class Block>
  void for_blocks(int rows, int per_block, const Block& block) const {
    const int blocks = (rows + per_block - 1) / per_block;
    tbb::parallel_for(
        tbb::blocked_range<int>(0, blocks), [&](const tbb::blocked_range<int>& range) {
          auto workspace = workspaces_.take([&] { return make_workspace(); });
          for (int i = range.begin(); i < range.end(); ++i)
            block(i * per_block, std::min(per_block, rows - i * per_block), *workspace);
        });
  }

  // Line integrals of the frame, ring-corrected, to `sink(work rows, first, count, workspace)`.
  template <class Sink>
  ProcessCounts process(const void* raw, const Sink& sink) const {
    FrameCounts counts;
    FrameInput frame{raw, static_cast<float>(transmission_.air_scale(raw)), nullptr};
    auto whole = whole_frames_.take([&] { return make_whole_frame(); });
    if (lines_.needs_whole_frame()) {
      float* image = whole->transmissions.get();
      for_blocks(plan_.upright.rows, lines_.block_rows(), [&](int first, int count, Workspace& w) {
        lines_.transmission_rows(frame, first, count, *w.lines, counts, image);
      });
      lines_.retrieve_phase(image);
      frame.transmissions = image;
    }
    const auto finish = [&](float* rows, int first, int count, Workspace& w) {
      subtract_ring(rows, first, count);
      sink(rows, first, count, w);
    };
    for_blocks(line_rows(), lines_.block_rows(), [&](int first, int count, Workspace& w) {
      float* rows = w.rows.get();
      if (plan_.layout.roll_removed) rows = whole->lines.get() + first * work_stride_;
      lines_.line_rows(frame, first, count, *w.lines, counts, rows, work_stride_);
      if (!plan_.layout.roll_removed) finish(rows, first, count, w);
    });
    if (plan_.layout.roll_removed)
      for_blocks(line_rows(), lines_.block_rows(), [&](int first, int count, Workspace& w) {
        straighten(whole->lines.get(), first, count, w.rows.get());
        finish(w.rows.get(), first, count, w);
      });
    ProcessCounts total;
    total.clamped = counts.clamped;
    total.zingers = counts.zingers;
    total.interpolated = plan_.bad_in_region;
    return total;
  }

  std::unique_ptr<WholeFrame> make_whole_frame() const {
    auto whole = std::make_unique<WholeFrame>();
    const std::size_t pixels = static_cast<std::size_t>(plan_.upright.rows) * plan_.upright.columns;
    if (lines_.needs_whole_frame()) whole->transmissions = AlignedFloats(pixels);
    if (plan_.layout.roll_removed) whole->lines = AlignedFloats(work_stride_ * line_rows());
    return whole;
  }

  void subtract_ring(float* rows, int first, int count) const {
    if (!desc_.parameters.ring_correction || !desc_.ring) return;
    const auto columns = static_cast<std::size_t>(line_columns());
    for (int i = 0; i < count; ++i)
      kernels::subtract_row(rows + i * work_stride_, columns,
                            desc_.ring->data() + (first + i) * columns);
  }

  void straighten(const float* lines, int first, int count, float* out) const {
    const int rows = line_rows(), columns = line_columns();
    const auto at = [&](int r, int c) {
      return lines[std::clamp(r, 0, rows - 1) * work_stride_ + std::clamp(c, 0, columns - 1)];
    };
    for (int i = 0; i < count; ++i)
      for (int c = 0; c < columns; ++c) {
        const auto [row, column] = plan_.before_straightening(first + i, c);
        const int r0 = static_cast<int>(std::floor(row)), c0 = static_cast<int>(std::floor(column));
        const auto fr = static_cast<float>(row - r0), fc = static_cast<float>(column - c0);
        const float top = at(r0, c0) + fc * (at(r0, c0 + 1) - at(r0, c0));
        const float bottom = at(r0 + 1, c0) + fc * (at(r0 + 1, c0 + 1) - at(r0 + 1, c0));
        out[i * work_stride_ + c] = top + fr * (bottom - top);
      }
  }

  void filter_pair(const float* rows, int first, int i, int count,
                   const kernels::RowWeights& weights, bool tapered, Workspace& w,
                   ImageView<float> out) const {
    const bool pair = i + 1 < count;
    const float* a = rows + i * work_stride_;
    const float* b = pair ? a + work_stride_ : nullptr;
    float* out_a = out.row(first + i).data();
    float* out_b = pair ? out.row(first + i + 1).data() : nullptr;
    const float v2_a = plan_.scan.cone ? slope_squared(plan_.v_mm(first + i)) : 0;
    const float v2_b = plan_.scan.cone ? slope_squared(plan_.v_mm(first + i + 1)) : 0;
    if (!zero_filter_ && !taper_filter_) {
      weigh_pair(a, b, weights, v2_a, v2_b, w, out_a, out_b);
      return;
    }
    const RowFilter& row_filter = tapered ? *taper_filter_ : *zero_filter_;
    auto& space = tapered ? w.taper : w.zero;
    if (!space) space = row_filter.make_workspace();
    row_filter.filter(a, b, weights, v2_a, v2_b, *space, out_a, out_b);
  }

  // RampFilter::none: weights and widening only.
  void weigh_pair(const float* a, const float* b, const kernels::RowWeights& weights, float v2_a,
                  float v2_b, Workspace& w, float* out_a, float* out_b) const {
    std::fill_n(out_a, plan_.layout.columns, 0.0F);
    if (out_b != nullptr) std::fill_n(out_b, plan_.layout.columns, 0.0F);
    kernels::pack_weighted(a, b, line_columns(), weights, v2_a, v2_b, w.packed.get());
    kernels::unpack(w.packed.get(), line_columns(), out_a + plan_.left_pad,
                    out_b == nullptr ? nullptr : out_b + plan_.left_pad);
  }

  const ProcessDesc desc_;
  const ProcessingPlan plan_;
  const Transmission transmission_;
  const TruncationJudge judge_;
  const LineStage lines_;
  const std::size_t work_stride_;
  std::optional<RowFilter> zero_filter_, taper_filter_;
  AlignedFloats redundancy_, slope_u2_;
  mutable WorkspacePool<Workspace> workspaces_;
  mutable WorkspacePool<WholeFrame> whole_frames_;
};

}  // namespace

Result<std::unique_ptr<Processor>> make_cpu_processor(const ProcessDesc& desc) {
  if (auto valid = validate(desc); !valid) return valid.error();
  return std::unique_ptr<Processor>(std::make_unique<CpuProcessor>(desc));
}

}  // namespace slicecast::recon
