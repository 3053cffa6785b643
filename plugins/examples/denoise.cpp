// Denoised slices, by a median of 3 x 3 or a Gaussian: a node without state on several threads.
#include <algorithm>
#include <cmath>

#include "plugins/sdk/plugin.h"
#include "plugins/sdk/statistics.h"

using namespace slicecast::plugin;

void median(const SliceView& slice, const ValuesOut& out) {
  for (int r = 0; r < slice.rows; ++r)
    for (int c = 0; c < slice.columns; ++c) {
      auto around = slice.neighbours(r, c);
      std::nth_element(around.begin(), around.begin() + 4, around.end());
      out(r, c) = around[4];
    }
}

std::vector<double> gaussian(double sigma) {  // up to 3 sigma on either side
  std::vector<double> weights;
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  for (int k = -reach; k <= reach; ++k) weights.push_back(std::exp(-k * k / (2 * sigma * sigma)));
  return weights;
}

int main(int argc, char** argv) {
  Plugin plugin{.name = "denoise", .doc = "Denoised slices: a median of 3 x 3 or a Gaussian."};
  plugin.outputs = {"values"};
  plugin.threads = 2;
  plugin.parameters = {choice("method", "median", {"median", "gaussian"}, "How to smooth"),
                       real("sigma", 1.0, 0.1, 20, "pixels", "Width of the Gaussian")};
  plugin.each = [](const SliceView& slice, const auto& parameters, Output& out) {
    const auto values = out.values(slice, "attenuation, denoised");
    if (parameters.text("method") == "median") return median(slice, values);
    convolve(slice, gaussian(parameters.real("sigma")), values);
  };
  return run(plugin, argc, argv);
}
