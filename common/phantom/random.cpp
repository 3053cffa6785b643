#include "common/phantom/random.h"

#include <algorithm>
#include <cmath>

namespace slicecast::phantom {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53u, kMultiplier1 = 0xCD9E8D57u;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;

template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
  double value = 0;
  for (double coefficient : coefficients) value = value * x + coefficient;
  return value;
}

constexpr std::array<double, 6> kCentralNumerator{-3.969683028665376e+01, 2.209460984245205e+02,
                                                  -2.759285104469687e+02, 1.383577518672690e+02,
                                                  -3.066479806614716e+01, 2.506628277459239e+00};
constexpr std::array<double, 6> kCentralDenominator{-5.447609879822406e+01, 1.615858368580409e+02,
                                                    -1.556989798598866e+02, 6.680131188771972e+01,
                                                    -1.328068155288572e+01, 1.0};
constexpr std::array<double, 6> kTailNumerator{-7.784894002430293e-03, -3.223964580411365e-01,
                                               -2.400758277161838e+00, -2.549732539343734e+00,
                                               4.374664141464968e+00,  2.938163982698783e+00};
constexpr std::array<double, 5> kTailDenominator{7.784695709041462e-03, 3.224671290700398e-01,
                                                 2.445134137142996e+00, 3.754408661907416e+00, 1.0};

double tail_quantile(double probability) {
  const double q = std::sqrt(-2 * std::log(probability));
  return polynomial(kTailNumerator, q) / polynomial(kTailDenominator, q);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint64_t key) {
  auto key0 = static_cast<std::uint32_t>(key), key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t b = std::uint64_t{kMultiplier1} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key0, static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key1, static_cast<std::uint32_t>(a)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return counter;
}

double uniform(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (std::uint64_t{high} << 20) ^ (low >> 12);  // 52 bits
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

double normal_quantile(double probability) {
  constexpr double kTail = 0.02425;
  if (probability < kTail) return tail_quantile(probability);
  if (probability > 1 - kTail) return -tail_quantile(1 - probability);
  const double q = probability - 0.5, r = q * q;
  return polynomial(kCentralNumerator, r) * q / polynomial(kCentralDenominator, r);
}

double poisson_quantile(double mean, double probability) {
  if (!(mean > 0)) return 0;
  if (mean >= 32) {
    const double z = normal_quantile(probability);
    return std::max(0.0, std::floor(mean + z * std::sqrt(mean) + (z * z - 1) / 6 + 0.5));
  }
  double term = std::exp(-mean), cumulated = term;
  int count = 0;
  // The bound only guards against rounding: 200 is 30 standard deviations above the mean.
  while (cumulated < probability && count < 200) {
    ++count;
    term *= mean / count;
    cumulated += term;
  }
  return count;
}

}  // namespace slicecast::phantom
