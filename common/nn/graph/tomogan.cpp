#include "common/nn/graph/tomogan.h"

#include <cmath>
#include <random>
#include <utility>

#include "common/nn/graph/graph_builder.h"

namespace slicecast::nn {
namespace {

class UNet {
 public:
  explicit UNet(std::uint32_t seed) : random_(seed) {}

  // Weights keep the variance (K. He et al., ICCV 2015, eq. 10).
  ValueId linear(ValueId from, int inputs, int outputs, int kernel) {
    const auto count = static_cast<std::size_t>(outputs * inputs * kernel * kernel);
    std::normal_distribution<float> weight(
        0, std::sqrt(2.0F / static_cast<float>(inputs * kernel * kernel)));
    std::vector<float> weights(count), biases(static_cast<std::size_t>(outputs));
    for (float& value : weights) value = weight(random_);
    for (float& value : biases) value = 0.1F * weight(random_);
    const ValueId w = graph_.constant({outputs, inputs, kernel, kernel}, std::move(weights));
    const ValueId b = graph_.constant({outputs}, std::move(biases));
    const std::int64_t pad = kernel / 2;
    return graph_.node("Conv", {from, w, b},
                       {{"kernel_shape", std::vector<std::int64_t>{kernel, kernel}},
                        {"pads", std::vector<std::int64_t>{pad, pad, pad, pad}}});
  }
  ValueId convolve(ValueId from, int inputs, int outputs, int kernel) {
    return graph_.node("Relu", {linear(from, inputs, outputs, kernel)});
  }
  ValueId twice(ValueId from, int inputs, int outputs) {
    return convolve(convolve(from, inputs, outputs, 3), outputs, outputs, 3);
  }
  ValueId halve(ValueId from) {
    const std::vector<std::int64_t> two{2, 2};
    return graph_.node("MaxPool", {from}, {{"kernel_shape", two}, {"strides", two}});
  }
  ValueId double_and_join(ValueId from, ValueId skip) {
    const ValueId scales = graph_.constant({4}, {1, 1, 2, 2});
    const ValueId up = graph_.node("Resize", {from, kAbsent, scales},
                                   {{"mode", std::string("linear")},
                                    {"coordinate_transformation_mode", std::string("half_pixel")}});
    return graph_.node("Concat", {up, skip}, {{"axis", std::int64_t{1}}});
  }
  ValueId input() const { return graph_.input(); }
  Graph finish(ValueId output) && { return std::move(graph_).finish(output); }

 private:
  std::mt19937 random_;
  GraphBuilder graph_{{1, 1, -1, -1}};
};

}  // namespace

Graph make_tomogan(std::uint32_t seed) {
  UNet net(seed);
  const ValueId whole = net.twice(net.convolve(net.input(), 1, 8, 1), 8, 32);
  const ValueId half = net.twice(net.halve(whole), 32, 64);
  const ValueId quarter = net.twice(net.halve(half), 64, 128);
  const ValueId eighth = net.convolve(net.halve(quarter), 128, 128, 3);
  ValueId up = net.twice(net.double_and_join(eighth, quarter), 256, 64);
  up = net.twice(net.double_and_join(up, half), 128, 32);
  up = net.twice(net.double_and_join(up, whole), 64, 32);
  up = net.convolve(up, 32, 16, 1);
  const ValueId last = net.linear(up, 16, 1, 1);
  return std::move(net).finish(last);
}

}  // namespace slicecast::nn
