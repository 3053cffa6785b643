#include "cuda/process/row_tables.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "common/recon/ramp.h"
#include "cuda/kernels/fft_passes.h"
#include "cuda/kernels/process_ramp.h"
#include "cuda/process/filter_lengths.h"

namespace slicecast::cuda {
namespace {

using recon::RampFilter;

// cos(2 pi i / length).
std::vector<double> cosines(int length) {
  std::vector<double> table(length);
  for (int i = 0; i < length; ++i) table[i] = std::cos(2 * std::numbers::pi * i / length);
  return table;
}

// Response to a sample n pixels away, n = 0..reach.
std::vector<double> spatial_response(const recon::RowPadding& padding, double tau_mm,
                                     const recon::PixelParameters& p, int reach) {
  std::vector<double> response(reach + 1);
  if (p.filter == RampFilter::ram_lak && p.filter_cutoff == 1) {
    for (int n = 0; n <= reach; ++n) response[n] = tau_mm * recon::ramp_kernel(n, tau_mm);
    return response;
  }
  const std::vector<double> gain = recon::ramp_gain(padding, tau_mm, p);
  const std::vector<double> cosine = cosines(padding.length);
  const int half = padding.length / 2;
  for (int n = 0; n <= reach; ++n) {
    double sum = gain[0] + (n % 2 == 0 ? gain[half] : -gain[half]);
    for (int k = 1, at = n; k < half; ++k, at = (at + n) & (padding.length - 1))
      sum += 2 * gain[k] * cosine[at];
    response[n] = sum / padding.length;
  }
  return response;
}

template <int kLength>
std::vector<Float2> twiddles_of() {
  using S = fft::Shape<kLength>;
  std::vector<Float2> table;
  for (int pass = 0; pass + 1 < static_cast<int>(S::kRadix.size()); ++pass) {
    const int piece = fft::piece_length<kLength>(pass), radix = S::kRadix[pass];
    for (int entry = 0; entry < fft::stored_powers(radix); ++entry)
      for (int place = 0; place < piece / radix; ++place) {
        const double turn = static_cast<double>(fft::power_of_entry(radix, entry)) * place / piece;
        table.push_back({static_cast<float>(std::cos(2 * std::numbers::pi * turn)),
                         static_cast<float>(-std::sin(2 * std::numbers::pi * turn))});
      }
  }
  return table;
}

}  // namespace

int filter_length(int extended, std::size_t shared_bytes) {
  const auto* const length = std::ranges::lower_bound(fft::kLengths, 2 * extended);
  if (length == fft::kLengths.end()) return 0;
  const std::size_t needed =
      with_filter_length(*length, []<int kLength>() { return FilterRows<kLength>::kSharedBytes; });
  return needed <= shared_bytes ? *length : 0;
}

int long_filter_length(int extended) {
  int power = 2;
  while (power < 2 * extended) power *= 2;
  const int three_quarters = power / 4 * 3;
  return three_quarters >= 2 * extended ? three_quarters : power;
}

std::vector<Float2> twiddle_table(int length) {
  return with_filter_length(length, []<int kLength>() { return twiddles_of<kLength>(); });
}

std::vector<float> filter_gain(const recon::RowPadding& padding, double tau_mm,
                               const recon::PixelParameters& parameters, int length) {
  const int reach = padding.columns - 1 + padding.taper;
  const std::vector<double> response = spatial_response(padding, tau_mm, parameters, reach);
  const std::vector<double> cosine = cosines(length);
  std::vector<float> gain(length);
  for (int k = 0; k <= length / 2; ++k) {
    double sum = response[0];
    for (int n = 1, at = k; n <= reach; ++n, at = at + k < length ? at + k : at + k - length)
      sum += 2 * response[n] * cosine[at];
    gain[k] = gain[(length - k) % length] = static_cast<float>(sum / length);
  }
  return gain;
}

std::vector<float> in_spectrum_order(const std::vector<float>& gain) {
  const auto length = static_cast<int>(gain.size());
  std::vector<float> ordered(gain.size());
  with_filter_length(length, [&]<int kLength>() {
    for (int place = 0; place < kLength; ++place)
      ordered[place] = gain[fft::spectrum_index<kLength>(place)];
    return 0;
  });
  return ordered;
}

}  // namespace slicecast::cuda
