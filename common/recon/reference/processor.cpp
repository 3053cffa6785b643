#include "common/recon/reference/processor.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/recon/paganin.h"
#include "common/recon/processing_plan.h"
#include "common/recon/ramp.h"
#include "common/recon/transmission.h"
#include "common/recon/weights.h"

namespace slicecast::recon {
namespace {

struct Image {
  int rows, columns;
  std::vector<double> pixel;
  Image(int r, int c) : rows(r), columns(c), pixel(static_cast<std::size_t>(r) * c) {}
  double& operator()(int r, int c) { return pixel[static_cast<std::size_t>(r) * columns + c]; }
  double operator()(int r, int c) const { return pixel[static_cast<std::size_t>(r) * columns + c]; }
  double clamped(int r, int c) const {
    return (*this)(std::clamp(r, 0, rows - 1), std::clamp(c, 0, columns - 1));
  }
};

// Cosine transform (type II) of a line and its inverse: what the Fourier transform of the
// mirror-padded line comes to.
std::vector<double> cosine_transform(const std::vector<double>& in, bool inverse) {
  const int n = static_cast<int>(in.size());
  std::vector<double> out(n);
  for (int k = 0; k < n; ++k)
    for (int j = 0; j < n; ++j) {
      const int frequency = inverse ? j : k, place = inverse ? k : j;
      const double c = std::cos(std::numbers::pi * frequency * (place + 0.5) / n);
      out[k] += in[j] * c * (inverse ? (frequency == 0 ? 1.0 : 2.0) / n : 1.0);
    }
  return out;
}

void transform_rows_and_columns(Image& image, bool inverse) {
  std::vector<double> row(image.columns), column(image.rows);
  for (int r = 0; r < image.rows; ++r) {
    for (int c = 0; c < image.columns; ++c) row[c] = image(r, c);
    row = cosine_transform(row, inverse);
    for (int c = 0; c < image.columns; ++c) image(r, c) = row[c];
  }
  for (int c = 0; c < image.columns; ++c) {
    for (int r = 0; r < image.rows; ++r) column[r] = image(r, c);
    column = cosine_transform(column, inverse);
    for (int r = 0; r < image.rows; ++r) image(r, c) = column[r];
  }
}

class ReferenceProcessor final : public Processor {
 public:
  explicit ReferenceProcessor(const ProcessDesc& desc)
      : desc_(desc),
        plan_(plan_processing(desc_)),
        transmission_(desc_, plan_),
        judge_(desc_, plan_),
        zero_response_(response(plan_.zero)),
        taper_response_(desc_.parameters.padding == Padding::zero ? std::vector<double>{}
                                                                  : response(plan_.taper)) {}

  const ProcessedLayout& layout() const override { return plan_.layout; }
  int line_rows() const override { return plan_.layout.line_rows; }
  int line_columns() const override { return plan_.layout.line_columns; }

  ProcessCounts line_integrals(const void* raw, ImageView<float> out) const override {
    ProcessCounts counts;
    const Image lines = line_image(raw, counts);
    for (int r = 0; r < lines.rows; ++r)
      for (int c = 0; c < lines.columns; ++c) out(r, c) = static_cast<float>(lines(r, c));
    return counts;
  }

  ProcessCounts filter(const void* raw, double angle_rad, ImageView<float> out) const override {
    ProcessCounts counts;
    const Image lines = line_image(raw, counts);
    counts.edge_tapered = tapers(raw);
    const std::vector<double> redundancy = redundancy_weights(desc_, plan_, angle_rad);
    for (int r = 0; r < plan_.layout.rows; ++r) {
      std::vector<double> row(plan_.layout.columns);  // widened: zero where there is no detector
      for (int c = 0; c < lines.columns; ++c) {
        double weight = redundancy[c];
        if (plan_.scan.cone)
          weight *= cosine_weight(plan_.u_mm(c), plan_.v_mm(r), plan_.scan.source_detector_mm);
        row[plan_.left_pad + c] = lines(r, c) * weight;
      }
      const std::vector<double> filtered = ramp_filtered(row, counts.edge_tapered);
      for (int c = 0; c < plan_.layout.columns; ++c) out(r, c) = static_cast<float>(filtered[c]);
    }
    return counts;
  }

 private:
  bool in_region(int r, int c) const {
    const Rectangle& g = plan_.region;
    return r >= g.row && r < g.row + g.rows && c >= g.column && c < g.column + g.columns;
  }

  bool tapers(const void* raw) const {
    if (desc_.parameters.filter == RampFilter::none) return false;
    if (desc_.parameters.padding != Padding::automatic) return plan_.layout.edge_tapered;
    return judge_.truncated(raw, transmission_.air_scale(raw));
  }

  Image line_image(const void* raw, ProcessCounts& counts) const {
    Image frame = upright_transmissions(raw);
    interpolate_bad_pixels(frame);
    counts.interpolated = plan_.bad_in_region;
    replace_non_finite(frame, counts);
    if (desc_.parameters.zinger_threshold > 0) frame = without_zingers(frame, counts);
    if (desc_.parameters.paganin.delta_beta != 0) retrieve_phase(frame);
    if (!desc_.parameters.already_linear) take_logarithm(frame, counts);
    Image lines = binned_region(frame);
    if (plan_.layout.roll_removed) lines = straightened(lines);
    if (desc_.parameters.ring_correction && desc_.ring)
      for (std::size_t i = 0; i < lines.pixel.size(); ++i) lines.pixel[i] -= (*desc_.ring)[i];
    return lines;
  }

  Image upright_transmissions(const void* raw) const {
    Image frame(plan_.upright.rows, plan_.upright.columns);
    const double scale = transmission_.air_scale(raw);
    for (int r = 0; r < frame.rows; ++r) transmission_.row(raw, r, 0, frame.columns, &frame(r, 0));
    for (double& value : frame.pixel) value *= scale;
    return frame;
  }

  // What a non-finite value stands for.
  double substitute() const {
    return desc_.parameters.already_linear ? 0 : desc_.parameters.minimum_transmission;
  }

  void interpolate_bad_pixels(Image& frame) const {
    const Interpolation& plan = plan_.interpolation;
    if (plan.empty()) return;
    for (int r = 0; r < frame.rows; ++r)
      for (int i = plan.first_of_row[r]; i < plan.first_of_row[r + 1]; ++i) {
        double sum = 0;
        for (int s = plan.first_source[i]; s < plan.first_source[i + 1]; ++s) {
          const double value = frame.pixel[plan.source[s]];  // good pixels only: never overwritten
          sum += plan.weight[s] * (std::isfinite(value) ? value : substitute());
        }
        frame(r, plan.column[i]) = sum;
      }
  }

  void replace_non_finite(Image& frame, ProcessCounts& counts) const {
    for (int r = 0; r < frame.rows; ++r)
      for (int c = 0; c < frame.columns; ++c)
        if (!std::isfinite(frame(r, c))) {
          frame(r, c) = substitute();
          counts.clamped += in_region(r, c);
        }
  }

  Image without_zingers(const Image& frame, ProcessCounts& counts) const {
    Image clean = frame;
    for (int r = 0; r < frame.rows; ++r)
      for (int c = 0; c < frame.columns; ++c) {
        double around[9];
        for (int i = 0; i < 9; ++i) around[i] = frame.clamped(r + i / 3 - 1, c + i % 3 - 1);
        std::nth_element(around, around + 4, around + 9);
        if (frame(r, c) > around[4] * (1 + desc_.parameters.zinger_threshold)) {
          clean(r, c) = around[4];
          counts.zingers += in_region(r, c);
        }
      }
    return clean;
  }

  void retrieve_phase(Image& frame) const {
    const NominalScan& scan = plan_.scan;
    const double pixel = scan.pixel_mm / scan.magnification();
    const double strength =
        paganin_strength(desc_.parameters.paganin, scan.cone, scan.source_axis_mm);
    transform_rows_and_columns(frame, false);
    for (int r = 0; r < frame.rows; ++r)
      for (int c = 0; c < frame.columns; ++c) {
        const double fv = mirror_frequency(r, frame.rows, pixel);
        const double fu = mirror_frequency(c, frame.columns, pixel);
        frame(r, c) /= 1 + strength * (fu * fu + fv * fv);
      }
    transform_rows_and_columns(frame, true);
  }

  void take_logarithm(Image& frame, ProcessCounts& counts) const {
    const double least = desc_.parameters.minimum_transmission;
    for (int r = 0; r < frame.rows; ++r)
      for (int c = 0; c < frame.columns; ++c) {
        double& value = frame(r, c);
        if (value < least) {
          value = least;
          counts.clamped += in_region(r, c);
        }
        value = -std::log(value);
      }
  }

  Image binned_region(const Image& frame) const {
    const int b = plan_.binning;
    Image lines(plan_.layout.line_rows, plan_.layout.line_columns);
    for (int r = 0; r < lines.rows; ++r)
      for (int c = 0; c < lines.columns; ++c) {
        double sum = 0;
        for (int i = 0; i < b; ++i)
          for (int j = 0; j < b; ++j)
            sum += frame(plan_.region.row + r * b + i, plan_.region.column + c * b + j);
        lines(r, c) = sum / (b * b);
      }
    return lines;
  }

  Image straightened(const Image& lines) const {
    Image straight(lines.rows, lines.columns);
    for (int r = 0; r < lines.rows; ++r)
      for (int c = 0; c < lines.columns; ++c) {
        const auto [row, column] = plan_.before_straightening(r, c);
        const int r0 = static_cast<int>(std::floor(row));
        const int c0 = static_cast<int>(std::floor(column));
        const double fr = row - r0, fc = column - c0;
        straight(r, c) =
            (1 - fr) * ((1 - fc) * lines.clamped(r0, c0) + fc * lines.clamped(r0, c0 + 1)) +
            fr * ((1 - fc) * lines.clamped(r0 + 1, c0) + fc * lines.clamped(r0 + 1, c0 + 1));
      }
    return straight;
  }

  // Value of the filter n samples away, n = 0..length/2.
  std::vector<double> response(const RowPadding& padding) const {
    const PixelParameters& p = desc_.parameters;
    const int length = padding.length, half = length / 2;
    std::vector<double> kernel(half + 1);
    for (int n = 0; n <= half; ++n) kernel[n] = plan_.tau_mm * ramp_kernel(n, plan_.tau_mm);
    if (p.filter == RampFilter::none || (p.filter == RampFilter::ram_lak && p.filter_cutoff == 1))
      return kernel;
    // Windows are factors in the Fourier domain: there and back by definition. Everything is even.
    std::vector<double> cosine(length);
    for (int i = 0; i < length; ++i) cosine[i] = std::cos(2 * std::numbers::pi * i / length);
    const auto even_transform = [&](const std::vector<double>& in) {
      std::vector<double> out(half + 1);
      for (int k = 0; k <= half; ++k)
        for (int n = 0; n <= half; ++n)
          out[k] += (n == 0 || 2 * n == length ? 1 : 2) * in[n] * cosine[1LL * k * n % length];
      return out;
    };
    std::vector<double> gain = even_transform(kernel);
    for (int k = 0; k <= half; ++k)
      gain[k] *=
          window_gain(p.filter, static_cast<double>(k) / half, p.filter_cutoff, p.filter_table) /
          length;
    return even_transform(gain);
  }

  std::vector<double> ramp_filtered(const std::vector<double>& row, bool tapered) const {
    if (desc_.parameters.filter == RampFilter::none) return row;
    const int columns = static_cast<int>(row.size());
    const int taper = tapered ? plan_.taper.taper : 0;
    std::vector<double> extended(columns + 2 * taper);
    for (int i = 0; i < columns; ++i) extended[taper + i] = row[i];
    for (int k = 1; k <= taper; ++k) {
      extended[taper - k] = row.front() * taper_weight(k, taper);
      extended[taper + columns - 1 + k] = row.back() * taper_weight(k, taper);
    }
    const std::vector<double>& h = tapered ? taper_response_ : zero_response_;
    std::vector<double> filtered(columns);
    for (int j = 0; j < columns; ++j)
      for (int i = 0; i < static_cast<int>(extended.size()); ++i)
        filtered[j] += extended[i] * h[std::abs(i - (taper + j))];
    return filtered;
  }

  const ProcessDesc desc_;
  const ProcessingPlan plan_;
  const Transmission transmission_;
  const TruncationJudge judge_;
  const std::vector<double> zero_response_, taper_response_;
};

}  // namespace

Result<std::unique_ptr<Processor>> make_reference_processor(const ProcessDesc& desc) {
  if (auto valid = validate(desc); !valid) return valid.error();
  return std::unique_ptr<Processor>(std::make_unique<ReferenceProcessor>(desc));
}

}  // namespace slicecast::recon
