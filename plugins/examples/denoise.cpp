// Denoised slices, by a median of 3 x 3 or a Gaussian: a node without state on several threads.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "plugins/sdk/plugin.h"

using namespace slicecast::plugin;

namespace {

int held(int i, int count) {  // edges go on
  return std::clamp(i, 0, count - 1);
}

void median(const SliceView& in, const ValuesOut& out) {
  for (int r = 0; r < in.rows; ++r)
    for (int c = 0; c < in.columns; ++c) {
      std::array<float, 9> around;
      for (int i = 0; i < 9; ++i)
        around[static_cast<std::size_t>(i)] =
            in(held(r + i / 3 - 1, in.rows), held(c + i % 3 - 1, in.columns));
      std::nth_element(around.begin(), around.begin() + 4, around.end());
      out(r, c) = around[4];
    }
}

// Along one axis; weights exp(-d^2 / 2 sigma^2) up to 3 sigma, at the edges those that are left.
void smooth(const float* in, float* out, int count, std::ptrdiff_t step, double sigma) {
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  for (int i = 0; i < count; ++i) {
    double sum = 0, weights = 0;
    for (int k = std::max(0, i - reach); k <= std::min(count - 1, i + reach); ++k) {
      const double weight = std::exp(-(k - i) * (k - i) / (2 * sigma * sigma));
      sum += weight * in[k * step], weights += weight;
    }
    out[i * step] = static_cast<float>(sum / weights);
  }
}

void gaussian(const SliceView& in, const ValuesOut& out, double sigma) {
  std::vector<float> rows(in.pixels.size());
  for (std::ptrdiff_t r = 0; r < in.rows; ++r)
    smooth(&in.pixels[0] + r * in.columns, rows.data() + r * in.columns, in.columns, 1, sigma);
  for (std::ptrdiff_t c = 0; c < in.columns; ++c)
    smooth(rows.data() + c, out.pixels.data() + c, in.rows, in.columns, sigma);
}

}  // namespace

int main(int argc, char** argv) {
  Plugin plugin{.name = "denoise", .doc = "Denoised slices: a median of 3 x 3 or a Gaussian."};
  plugin.outputs = {"values"};
  plugin.threads = 2;
  plugin.parameters = {choice("method", "median", {"median", "gaussian"}, "How to smooth"),
                       real("sigma", 1.0, 0.1, 20, "pixels", "Width of the Gaussian")};
  plugin.each = [](const SliceView& slice, const auto& parameters, Output& out) {
    auto values = out.values(slice);
    values.header.set_quantity("attenuation, denoised");
    values.header.set_unit(slice.value_unit());
    if (parameters.text("method") == "median") return median(slice, values);
    gaussian(slice, values, parameters.real("sigma"));
  };
  return run(plugin, argc, argv);
}
