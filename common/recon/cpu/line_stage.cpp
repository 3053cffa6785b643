#include "common/recon/cpu/line_stage.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/recon/cpu/process_kernels.h"
#include "common/recon/paganin.h"

namespace slicecast::recon {
namespace {

// Work rows of a block together: leaves room in a 512 KiB cache for the transform's buffers.
constexpr std::size_t kBlockBytes = 64 << 10;

template <class Element>
void gather(const std::byte* raw, const UprightMap& map, int row, int rows, int column, int columns,
            std::byte* out) {
  const auto* from = reinterpret_cast<const Element*>(raw);
  auto* to = reinterpret_cast<Element*>(out);
  // The inner loop runs along the frame's memory: columns unless transposed.
  const bool along_columns = std::abs(map.column_step) == 1;
  const int outer = along_columns ? rows : columns, inner = along_columns ? columns : rows;
  for (int i = 0; i < outer; ++i)
    for (int k = 0; k < inner; ++k) {
      const int r = along_columns ? i : k, c = along_columns ? k : i;
      to[static_cast<std::size_t>(r) * columns + c] = from[map.index(row + r, column + c)];
    }
}

}  // namespace

LineStage::LineStage(const ProcessDesc& desc, const ProcessingPlan& plan)
    : desc_(desc),
      plan_(plan),
      substitute_(desc.parameters.already_linear
                      ? 0.0F
                      : static_cast<float>(desc.parameters.minimum_transmission)) {
  const std::size_t row_bytes = sizeof(float) * plan.region.columns * plan.binning;
  block_rows_ = std::clamp(static_cast<int>(kBlockBytes / row_bytes), 2, 16) / 2 * 2;

  const int rows = plan.upright.rows, columns = plan.upright.columns;
  const std::size_t pixels = static_cast<std::size_t>(rows) * columns;
  if (!desc.parameters.already_linear) {
    dark_ = AlignedFloats(pixels);
    reciprocal_ = AlignedFloats(pixels);
    for (std::size_t i = 0; i < pixels; ++i) {
      const float dark = desc.dark ? (*desc.dark)[i] : 0.0F;
      const double open =
          desc.flat ? static_cast<double>((*desc.flat)[i]) - dark : desc.parameters.incident_counts;
      dark_.get()[i] = dark;
      reciprocal_.get()[i] = static_cast<float>(1 / open);
    }
  }
  if (desc.parameters.paganin.delta_beta != 0) {
    phase_ = std::make_unique<CosinePlans>(rows, columns);
    phase_gain_ = AlignedFloats(pixels);
    const NominalScan& scan = plan.scan;
    const double strength =
        paganin_strength(desc.parameters.paganin, scan.cone, scan.source_axis_mm);
    const double pixel = scan.pixel_mm / scan.magnification();
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) {
        const double fv = mirror_frequency(r, rows, pixel),
                     fu = mirror_frequency(c, columns, pixel);
        const double gain = 1 / (1 + strength * (fu * fu + fv * fv));
        phase_gain_.get()[static_cast<std::size_t>(r) * columns + c] =
            static_cast<float>(gain / (4.0 * rows * columns));
      }
  }
}

std::unique_ptr<LineStage::Workspace> LineStage::make_workspace() const {
  // A border pixel on each side for the zinger median, and a vector to read over.
  const std::size_t columns = needs_whole_frame() ? plan_.upright.columns : plan_.region.columns;
  const std::size_t stride = kernels::row_stride(columns + 2) + kernels::kRowUnit;
  const std::size_t rows = static_cast<std::size_t>(block_rows_) * plan_.binning + 2;
  auto w = std::make_unique<Workspace>();
  w->transmissions = AlignedFloats(rows * stride);
  if (desc_.parameters.zinger_threshold > 0) w->cleaned = AlignedFloats(rows * stride);
  if (plan_.binning > 1) w->sum = AlignedFloats(stride);
  return w;
}

const std::byte* LineStage::upright_rows(const void* raw, const Span& span, Workspace& w,
                                         std::ptrdiff_t& row_bytes) const {
  const UprightMap& map = plan_.upright;
  const auto* bytes = static_cast<const std::byte*>(raw);
  const auto size = static_cast<std::ptrdiff_t>(size_of(desc_.pixel_type));
  if (map.column_step == 1) {
    row_bytes = map.row_step * size;
    return bytes + map.index(span.row, span.column) * size;
  }
  row_bytes = span.columns * size;
  w.upright.resize(static_cast<std::size_t>(row_bytes) * span.rows);
  std::byte* out = w.upright.data();
  const auto turn = [&]<class Element>(Element) {
    gather<Element>(bytes, map, span.row, span.rows, span.column, span.columns, out);
  };
  switch (size) {
    case 1: turn(std::uint8_t{}); break;
    case 2: turn(std::uint16_t{}); break;
    case 4: turn(std::uint32_t{}); break;
    default: turn(std::uint64_t{});
  }
  return out;
}

void LineStage::transmissions(const FrameInput& frame, const Span& span, Workspace& w,
                              Rows out) const {
  std::ptrdiff_t row_bytes = 0;
  const std::byte* pixels = upright_rows(frame.raw, span, w, row_bytes);
  for (int i = 0; i < span.rows; ++i) {
    kernels::widen_row(pixels + i * row_bytes, desc_.pixel_type, span.columns, out[i]);
    const std::size_t first =
        static_cast<std::size_t>(span.row + i) * plan_.upright.columns + span.column;
    if (!dark_.empty())
      kernels::normalise_row(out[i], span.columns, dark_.get() + first, reciprocal_.get() + first,
                             frame.air_scale);
    if (!plan_.interpolation.empty()) interpolate(frame, span.row + i, span, out[i]);
  }
}

void LineStage::interpolate(const FrameInput& frame, int row, const Span& span, float* out) const {
  const Interpolation& plan = plan_.interpolation;
  const auto begin = plan.column.begin() + plan.first_of_row[row];
  const auto end = plan.column.begin() + plan.first_of_row[row + 1];
  for (auto at = std::lower_bound(begin, end, span.column);
       at != end && *at < span.column + span.columns; ++at) {
    const auto entry = at - plan.column.begin();
    double sum = 0;
    for (int s = plan.first_source[entry]; s < plan.first_source[entry + 1]; ++s) {
      const std::int64_t pixel = plan.source[s];
      const int r = static_cast<int>(pixel / plan_.upright.columns);
      const int c = static_cast<int>(pixel % plan_.upright.columns);
      double value = 0;
      read_pixels(frame.raw, desc_.pixel_type, plan_.upright.index(r, c), 1, 1, &value);
      if (!dark_.empty())
        value = (value - dark_.get()[pixel]) * reciprocal_.get()[pixel] * frame.air_scale;
      sum += plan.weight[s] * (std::isfinite(value) ? value : substitute_);
    }
    out[*at - span.column] = static_cast<float>(sum);
  }
}

// The part of a row segment whose pixels count; columns 0: none.
LineStage::Span LineStage::counted(int upright_row, int column, int columns) const {
  const Rectangle& g = plan_.region;
  if (upright_row < g.row || upright_row >= g.row + g.rows) return {upright_row, 1, column, 0};
  const int begin = std::max(column, g.column);
  const int end = std::min(column + columns, g.column + g.columns);
  return {upright_row, 1, begin, std::max(0, end - begin)};
}

void LineStage::replace_non_finite(float* row, int upright_row, int column, int columns,
                                   FrameCounts& counts) const {
  const Span own = counted(upright_row, column, columns);
  if (own.columns > 0)
    counts.clamped +=
        kernels::replace_non_finite(row + (own.column - column), own.columns, substitute_);
  kernels::replace_non_finite(row, columns, substitute_);
}

LineStage::Rows LineStage::cleaned(const FrameInput& frame, const Span& span, Workspace& w,
                                   FrameCounts& counts) const {
  const bool zingers = desc_.parameters.zinger_threshold > 0;
  const int border = zingers ? 1 : 0;
  Rows rows{w.transmissions.get(),
            kernels::row_stride(span.columns + 2 * border) + kernels::kRowUnit};
  const int top = std::max(0, span.row - border), left = std::max(0, span.column - border);
  const int bottom = std::min(plan_.upright.rows, span.row + span.rows + border);
  const int right = std::min(plan_.upright.columns, span.column + span.columns + border);
  const int skipped_rows = top - (span.row - border);
  const int skipped_columns = left - (span.column - border);
  const Span present{top, bottom - top, left, right - left};
  transmissions(frame, present, w, {rows[skipped_rows] + skipped_columns, rows.stride});
  // Otherwise the logarithm takes care of non-finite values.
  if (zingers || needs_whole_frame())
    for (int i = 0; i < present.rows; ++i) {
      const bool own = top + i >= span.row && top + i < span.row + span.rows;
      float* row = rows[skipped_rows + i];
      if (own) {
        const int offset = span.column - left;
        replace_non_finite(row + skipped_columns + offset, top + i, span.column, span.columns,
                           counts);
      }
      kernels::replace_non_finite(row + skipped_columns, present.columns, substitute_);
      row[0] = row[skipped_columns];
      if (right == plan_.upright.columns && border == 1) row[span.columns + 1] = row[span.columns];
    }
  if (!zingers) return rows;
  const std::size_t bytes = (span.columns + 2) * sizeof(float);
  if (skipped_rows == 1) std::memcpy(rows[0], rows[1], bytes);
  if (bottom == plan_.upright.rows) std::memcpy(rows[span.rows + 1], rows[span.rows], bytes);
  return without_zingers(rows, span, w, counts);
}

LineStage::Rows LineStage::without_zingers(Rows with_border, const Span& span, Workspace& w,
                                           FrameCounts& counts) const {
  const Rows out{w.cleaned.get(), with_border.stride};
  const auto factor = static_cast<float>(1 + desc_.parameters.zinger_threshold);
  for (int i = 0; i < span.rows; ++i) {
    const Span own = counted(span.row + i, span.column, span.columns);
    // Left to right, as each part may write a little beyond its end.
    const int ends[] = {own.column - span.column, own.column - span.column + own.columns,
                        span.columns};
    int begin = 0;
    for (int part = 0; part < 3; ++part) {
      if (ends[part] <= begin) continue;
      const std::uint64_t found = kernels::zinger_row(
          with_border[i] + begin, with_border[i + 1] + begin, with_border[i + 2] + begin,
          ends[part] - begin, factor, out[i] + begin);
      if (part == 1) counts.zingers += found;
      begin = ends[part];
    }
  }
  return out;
}

void LineStage::transmission_rows(const FrameInput& frame, int first, int count, Workspace& w,
                                  FrameCounts& counts, float* image) const {
  const int columns = plan_.upright.columns;
  const Rows rows = cleaned(frame, {first, count, 0, columns}, w, counts);
  for (int i = 0; i < count; ++i)
    std::memcpy(image + static_cast<std::size_t>(first + i) * columns, rows[i],
                columns * sizeof(float));
}

void LineStage::retrieve_phase(float* image) const {
  phase_->forward(image);
  const std::size_t pixels = phase_gain_.size();
  for (std::size_t i = 0; i < pixels; ++i) image[i] *= phase_gain_.get()[i];
  phase_->backward(image);
}

void LineStage::line_rows(const FrameInput& frame, int first, int count, Workspace& w,
                          FrameCounts& counts, float* out, std::size_t stride) const {
  const int b = plan_.binning;
  const Span span{plan_.region.row + first * b, count * b, plan_.region.column,
                  plan_.region.columns};
  const auto columns = static_cast<std::size_t>(span.columns);
  Rows rows{w.transmissions.get(), kernels::row_stride(columns)};
  if (frame.transmissions == nullptr) {
    rows = cleaned(frame, span, w, counts);
  } else {
    for (int i = 0; i < span.rows; ++i)
      std::memcpy(rows[i],
                  frame.transmissions +
                      static_cast<std::size_t>(span.row + i) * plan_.upright.columns + span.column,
                  columns * sizeof(float));
  }
  const auto least = static_cast<float>(desc_.parameters.minimum_transmission);
  std::uint64_t clamped = 0;
  for (int i = 0; i < span.rows; ++i)
    clamped += desc_.parameters.already_linear
                   ? kernels::replace_non_finite(rows[i], columns, substitute_)
                   : kernels::log_row(rows[i], columns, least);
  counts.clamped += clamped;

  const float share = 1.0F / static_cast<float>(b * b);
  for (int r = 0; r < count; ++r) {
    float* line = out + r * stride;
    if (b == 1) {
      std::memcpy(line, rows[r], columns * sizeof(float));
      continue;
    }
    float* sum = w.sum.get();
    std::fill_n(sum, columns, 0.0F);
    for (int i = 0; i < b; ++i)
      for (std::size_t c = 0; c < columns; ++c) sum[c] += rows[r * b + i][c];
    for (int c = 0; c < plan_.layout.line_columns; ++c) {
      float total = 0;
      for (int k = 0; k < b; ++k) total += sum[c * b + k];
      line[c] = total * share;
    }
  }
}

}  // namespace slicecast::recon
