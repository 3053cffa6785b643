#include "common/recon/ramp.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace slicecast::recon {
namespace {

int power_of_two_from(int least) {
  int length = 2;
  while (length < least) length *= 2;
  return length;
}

double from_table(const std::vector<double>& table, double fraction) {
  if (table.empty()) return 1;
  const double position = fraction * static_cast<double>(table.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(position), table.size() - 1);
  const auto high = std::min(low + 1, table.size() - 1);
  const double part = position - static_cast<double>(low);
  return table[low] * (1 - part) + table[high] * part;
}

}  // namespace

double ramp_kernel(int n, double tau) {
  if (n == 0) return 1 / (4 * tau * tau);
  if (n % 2 == 0) return 0;
  const double x = std::numbers::pi * n * tau;
  return -1 / (x * x);
}

double window_gain(RampFilter filter, double fraction, double cutoff,
                   const std::vector<double>& table) {
  // Rounding must not remove the Nyquist sample of an uncut filter.
  if (fraction > cutoff * (1 + 1e-12)) return 0;
  const double s = fraction / cutoff;
  switch (filter) {
    case RampFilter::ram_lak:
    case RampFilter::none: return 1;
    case RampFilter::shepp_logan:
      return s == 0 ? 1 : std::sin(std::numbers::pi * s / 2) / (std::numbers::pi * s / 2);
    case RampFilter::cosine: return std::cos(std::numbers::pi * s / 2);
    case RampFilter::hamming: return 0.54 + 0.46 * std::cos(std::numbers::pi * s);
    case RampFilter::hann: return 0.5 + 0.5 * std::cos(std::numbers::pi * s);
    case RampFilter::table: return from_table(table, fraction);
  }
  return 1;
}

RowPadding zero_padding(int columns) {
  return {columns, 0, power_of_two_from(2 * columns - 1)};
}

// Half a row on either side: flattest for samples up to about twice the field of view (a disc of
// which 60 % is seen cups by 1 %, by 6 % with a full row, by 30 % with none).
RowPadding taper_padding(int columns) {
  const int taper = (columns + 1) / 2;
  return {columns, taper, power_of_two_from(2 * (columns + taper) - 1)};
}

double taper_weight(int k, int taper) {
  return 0.5 * (1 + std::cos(std::numbers::pi * k / (taper + 1)));
}

std::vector<double> ramp_gain(const RowPadding& padding, double tau, const PixelParameters& p) {
  const int length = padding.length;
  std::vector<double> cosine(length);
  for (int i = 0; i < length; ++i) cosine[i] = std::cos(2 * std::numbers::pi * i / length);
  std::vector<double> kernel(length / 2 + 1);
  for (int n = 0; n <= length / 2; ++n) kernel[n] = ramp_kernel(n, tau);

  std::vector<double> gain(length / 2 + 1);
  for (int k = 0; k <= length / 2; ++k) {
    double sum = kernel[0];
    // A kernel sample at length/2 would appear once, not twice; it is even, hence 0, but for
    // lengths of 2.
    // `at` is n k modulo the length; a division for each would take most of the time.
    const int step = 2 * k % length;
    for (int n = 1, at = k % length; n <= length / 2; n += 2) {
      const double times = 2 * n == length ? 1 : 2;
      sum += times * kernel[n] * cosine[at];
      at += step;
      if (at >= length) at -= length;
    }
    const double fraction = 2.0 * static_cast<double>(k) / length;
    gain[k] = tau * sum * window_gain(p.filter, fraction, p.filter_cutoff, p.filter_table);
  }
  return gain;
}

}  // namespace slicecast::recon
