// Denoised slices, by a median of 3 x 3 or a Gaussian: a node without state on several threads.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "plugins/sdk/plugin.h"

using namespace slicecast::plugin;

namespace {

int held(int i, int count) {
  return std::clamp(i, 0, count - 1);
}  // edges go on

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

// Rows, then columns; weights exp(-d^2 / 2 sigma^2) up to 3 sigma.
void gaussian(const SliceView& in, const ValuesOut& out, double sigma) {
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  std::vector<float> weights, rows(in.pixels.size());
  float sum = 0;
  for (int d = -reach; d <= reach; ++d)
    sum += weights.emplace_back(static_cast<float>(std::exp(-d * d / (2 * sigma * sigma))));
  const auto smooth = [&](auto value, int at, int count) {
    float total = 0;
    for (int d = -reach; d <= reach; ++d)
      total += weights[static_cast<std::size_t>(d + reach)] * value(held(at + d, count));
    return total / sum;
  };
  const auto at = [&](int r, int c) -> float& {
    return rows[static_cast<std::size_t>(r) * static_cast<std::size_t>(in.columns) +
                static_cast<std::size_t>(c)];
  };
  for (int r = 0; r < in.rows; ++r)
    for (int c = 0; c < in.columns; ++c)
      at(r, c) = smooth([&](int k) { return in(r, k); }, c, in.columns);
  for (int r = 0; r < in.rows; ++r)
    for (int c = 0; c < in.columns; ++c)
      out(r, c) = smooth([&](int k) { return at(k, c); }, r, in.rows);
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
    if (parameters.text("method") == "median")
      median(slice, values);
    else
      gaussian(slice, values, parameters.real("sigma"));
  };
  return run(plugin, argc, argv);
}
