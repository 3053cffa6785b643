// The ramp filter against its definition: the linear convolution with the band-limited kernel.
#include "common/recon/ramp.h"

#include <cmath>
#include <numbers>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

// Written out here once more, so that a slip in the library's kernel shows.
std::vector<double> convolved(const std::vector<double>& row, double tau) {
  const int columns = static_cast<int>(row.size());
  std::vector<double> out(row.size());
  for (int j = 0; j < columns; ++j)
    for (int i = 0; i < columns; ++i) {
      const int n = j - i;
      if (n == 0) out[j] += row[i] / (4 * tau);
      if (n % 2 != 0) out[j] -= row[i] / (std::numbers::pi * std::numbers::pi * n * n * tau);
    }
  return out;
}

std::vector<double> bumpy_row(int columns) {
  std::vector<double> row(columns);
  for (int c = 0; c < columns; ++c)
    row[c] = 1 + 0.3 * std::sin(0.11 * c) + 0.2 * std::cos(1.7 * c) + (c % 37 == 5 ? 0.4 : 0);
  return row;
}

double error_against_convolution(const ProcessDesc& desc, double tau, bool cpu) {
  const std::vector<double> row = bumpy_row(desc.geometry.columns);
  const auto raw = frame_of(desc.pixel_type, row);
  const Output out = filtered(cpu ? *cpu_of(desc) : *reference_of(desc), raw.data());
  const std::vector<double> exact = convolved(row, tau);
  return relative_error(out.pixels, std::vector<float>(exact.begin(), exact.end()));
}

}  // namespace

TEST_CASE("640 columns are filtered as by direct convolution, at the edges too") {
  // A transform of 1024 wraps around, a sampled |f| has another mean: both are off by over 2e-5.
  const ProcessDesc desc = linear_desc(parallel_scan(1, 640, 0.7));
  CHECK(error_against_convolution(desc, 0.7, true) < 1e-6);
  CHECK(error_against_convolution(desc, 0.7, false) < 1e-6);
}

TEST_CASE("the bounds of the exactness test exclude short padding and a sampled ramp") {
  const int columns = 640;
  const std::vector<double> row = bumpy_row(columns);
  const std::vector<double> exact = convolved(row, 0.7);
  const std::vector<float> expected(exact.begin(), exact.end());
  const auto circular = [&](int length, bool sampled) {
    RowPadding padding{columns, 0, length};
    std::vector<double> gain = ramp_gain(padding, 0.7, {});
    if (sampled)
      for (int k = 0; k <= length / 2; ++k) gain[k] = k / (length * 0.7);
    std::vector<double> response(length);
    for (int n = 0; n < length; ++n)
      for (int k = 0; k < length; ++k)
        response[n] +=
            gain[std::min(k, length - k)] *
            std::cos(2 * std::numbers::pi * (static_cast<long long>(n) * k % length) / length) /
            length;
    std::vector<float> out(columns);
    for (int j = 0; j < columns; ++j) {
      double sum = 0;
      for (int i = 0; i < columns; ++i) sum += row[i] * response[(j - i + length) % length];
      out[j] = static_cast<float>(sum);
    }
    return relative_error(out, expected);
  };
  CHECK(circular(1024, false) > 2e-5);
  CHECK(circular(2048, true) > 2e-5);
  CHECK(circular(2048, false) < 1e-6);
}

TEST_CASE("the smallest rows and lengths just above powers of two are exact") {
  for (int columns : {1, 2, 3, 31, 32, 33, 64, 65, 129}) {
    INFO(columns);
    const ProcessDesc desc = linear_desc(parallel_scan(1, columns, 0.25));
    CHECK(error_against_convolution(desc, 0.25, true) < 2e-6);
    CHECK(error_against_convolution(desc, 0.25, false) < 2e-6);
  }
}

TEST_CASE("cone-beam rows are filtered with the pixel as seen at the axis") {
  // One pixel on the principal point: cosine weight 1, so that the step is all there is.
  ProcessDesc desc = linear_desc(cone_scan(1, 1));
  const auto raw = frame_of(PixelType::f32, {3.0});
  const double tau = 2.0 * 300 / 500;
  for (const auto& processor : {reference_of(desc), cpu_of(desc)})
    CHECK(filtered(*processor, raw.data()).pixels[0] == Approx(0.5 * 3 / (4 * tau)));
}

TEST_CASE("padding is the power of two that the convolution fits into") {
  CHECK(zero_padding(1).length == 2);
  CHECK(zero_padding(512).length == 1024);
  CHECK(zero_padding(513).length == 2048);
  CHECK(zero_padding(640).length == 2048);
  for (int columns : {1, 2, 7, 512, 640, 769}) {
    const RowPadding p = taper_padding(columns);
    CHECK(p.taper >= columns / 2);
    CHECK(p.length >= 2 * (p.columns + p.taper) - 1);
  }
}

TEST_CASE("windows take their textbook values") {
  const std::vector<double> table{1, 0.5, 0.2};
  const auto gain = [&](RampFilter f, double x, double cutoff = 1) {
    return window_gain(f, x, cutoff, table);
  };
  for (RampFilter f : {RampFilter::ram_lak, RampFilter::shepp_logan, RampFilter::cosine,
                       RampFilter::hamming, RampFilter::hann, RampFilter::table}) {
    CHECK(gain(f, 0) == Approx(1));
    CHECK(gain(f, 0.51, 0.5) == 0);
  }
  CHECK(gain(RampFilter::ram_lak, 1) == 1);
  CHECK(gain(RampFilter::shepp_logan, 1) == Approx(2 / std::numbers::pi));
  CHECK(gain(RampFilter::cosine, 0.5) == Approx(std::sqrt(0.5)));
  CHECK(gain(RampFilter::cosine, 1) == Approx(0).margin(1e-12));
  CHECK(gain(RampFilter::hamming, 1) == Approx(0.08));
  CHECK(gain(RampFilter::hann, 0.5) == Approx(0.5));
  CHECK(gain(RampFilter::hann, 0.25, 0.5) == Approx(0.5));
  CHECK(gain(RampFilter::table, 0.25) == Approx(0.75));
  CHECK(gain(RampFilter::table, 0.75) == Approx(0.35));
  CHECK(gain(RampFilter::table, 1) == Approx(0.2));
}

TEST_CASE("a window damps the highest frequency by its gain") {
  // Far from the edges an alternating row is an eigenfunction: ramp gain 1/(2 tau) at Nyquist.
  ProcessDesc desc = linear_desc(parallel_scan(1, 512, 0.5));
  std::vector<double> row(512);
  for (int c = 0; c < 512; ++c) row[c] = c % 2 == 0 ? 1 : -1;
  const auto raw = frame_of(PixelType::f32, row);
  const auto middle = [&](RampFilter filter) {
    desc.parameters.filter = filter;
    return filtered(*cpu_of(desc), raw.data()).at(0, 256);
  };
  CHECK(middle(RampFilter::ram_lak) == Approx(1.0).epsilon(5e-3));
  CHECK(middle(RampFilter::shepp_logan) == Approx(2 / std::numbers::pi).epsilon(5e-3));
  CHECK(middle(RampFilter::hamming) == Approx(0.08).epsilon(5e-2));
  CHECK(std::abs(middle(RampFilter::hann)) < 5e-3);
  CHECK(middle(RampFilter::none) == 1.0F);
}

}  // namespace slicecast::recon::test
