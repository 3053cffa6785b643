#include "common/nn/graph/onednn/primitives.h"

#include <algorithm>
#include <cmath>

namespace slicecast::nn::onednn {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
constexpr auto kFloat = memory::data_type::f32;

constexpr std::int64_t kLeastWinogradPixels = 1024;
constexpr std::int64_t kMostWinogradBytes = std::int64_t{1} << 30;  // of scratch memory

Description any_layout(const Shape& shape) {
  return {shape, kFloat, memory::format_tag::any};
}

memory::dims dims(const Pair& pair) {
  return {pair[0], pair[1]};
}
memory::dims less_one(const Pair& pair) {
  return {pair[0] - 1, pair[1] - 1};
}

struct Eltwise {
  algorithm kind;
  float alpha, beta;
};

std::optional<Eltwise> eltwise(const Activation& activation) {
  switch (activation.kind) {
    case Activation::Kind::none: return std::nullopt;
    case Activation::Kind::relu: return Eltwise{algorithm::eltwise_relu, 0, 0};
    case Activation::Kind::leaky_relu: return Eltwise{algorithm::eltwise_relu, activation.alpha, 0};
    case Activation::Kind::sigmoid: return Eltwise{algorithm::eltwise_logistic, 0, 0};
    case Activation::Kind::tanh: return Eltwise{algorithm::eltwise_tanh, 0, 0};
    case Activation::Kind::clip:
      return Eltwise{algorithm::eltwise_clip, activation.alpha, activation.beta};
  }
  return std::nullopt;
}

struct Maker {
  const dnnl::engine& engine;
  const Plan& plan;
  const Step& step;
  const Description& current;

  const Shape& input() const { return plan.shape(step.inputs[0]); }
  const Shape& output() const { return plan.shape(step.output); }

  // F(4x4, 3x3) needs a quarter of the multiplications (A. Lavin and S. Gray, "Fast algorithms for
  // convolutional neural networks", CVPR 2016) and rounds some ten times as much: worth it where
  // the time is.
  bool suits_winograd(const Convolution& op) const {
    const Window& w = op.window;
    return w.kernel == Pair{3, 3} && w.stride == Pair{1, 1} && w.dilation == Pair{1, 1} &&
           op.groups == 1 && input()[1] % 16 == 0 && output()[1] % 16 == 0 && input()[1] >= 32 &&
           output()[2] * output()[3] >= kLeastWinogradPixels;
  }

  template <class Kind>
  Primitive finish_convolution(const Convolution& op) const {
    const Window& w = op.window;
    const Shape& shape = op.weights->shape;
    const std::int64_t groups = op.groups;
    // {groups, outputs, inputs, rows, columns} per group; the file's order of a transposed one
    // has inputs and outputs the other way round.
    const std::int64_t taps = shape[2] * shape[3], second = shape[1];
    const std::int64_t first = shape[0] / groups;
    const memory::dims sizes = op.transposed
                                   ? memory::dims{groups, second, first, shape[2], shape[3]}
                                   : memory::dims{groups, first, second, shape[2], shape[3]};
    const memory::dims steps =
        op.transposed ? memory::dims{first * second * taps, taps, second * taps, shape[3], 1}
                      : memory::dims{first * second * taps, second * taps, taps, shape[3], 1};
    const bool grouped = groups > 1;
    const auto behind = [&](const memory::dims& all) {
      return grouped ? all : memory::dims(all.begin() + 1, all.end());
    };
    const Description given(behind(sizes), kFloat, behind(steps));
    const Description wanted(behind(sizes), kFloat, memory::format_tag::any);
    const Shape bias_shape{output()[1]};
    const Description bias = op.bias ? plain_layout(bias_shape) : Description();

    dnnl::primitive_attr attributes;
    if (const auto function = eltwise(op.activation)) {
      dnnl::post_ops behind_it;
      behind_it.append_eltwise(1, function->kind, function->alpha, function->beta);
      attributes.set_post_ops(behind_it);
    }
    const auto choose = [&](algorithm kind) {
      const typename Kind::desc described(prop_kind::forward_inference, kind, any_layout(input()),
                                          wanted, bias, any_layout(output()), dims(w.stride),
                                          less_one(w.dilation), dims(w.begin), dims(w.end));
      return typename Kind::primitive_desc(described, attributes, engine);
    };
    typename Kind::primitive_desc chosen;
    if constexpr (std::is_same_v<Kind, dnnl::convolution_forward>) {
      if (suits_winograd(op)) try {
          chosen = choose(algorithm::convolution_winograd);
          if (chosen.query_s64(dnnl::query::memory_consumption_s64) > kMostWinogradBytes)
            chosen = {};
        } catch (const dnnl::error& error) {
          if (error.status != dnnl_unimplemented) throw;
        }
      if (!chosen) chosen = choose(algorithm::convolution_direct);
    } else {
      chosen = choose(algorithm::deconvolution_direct);
    }
    Primitive made{Kind(chosen), chosen.src_desc(), chosen.dst_desc(), {}, false};
    made.parameters.emplace_back(
        DNNL_ARG_WEIGHTS,
        reordered(engine, given, op.weights->floats().data(), chosen.weights_desc()));
    if (op.bias)
      made.parameters.emplace_back(DNNL_ARG_BIAS,
                                   reordered(engine, bias, op.bias->floats().data(), bias));
    return made;
  }

  std::optional<Primitive> operator()(const Convolution& op) const {
    if (!op.transposed) return finish_convolution<dnnl::convolution_forward>(op);
    const Window& w = op.window;
    for (std::size_t d = 0; d < 2; ++d) {
      const std::int64_t whole =
          w.stride[d] * (input()[2 + d] - 1) + (w.kernel[d] - 1) * w.dilation[d] + 1;
      const std::int64_t extra = output()[2 + d] - (whole - w.begin[d] - w.end[d]);
      if (w.begin[d] < 0 || w.end[d] < 0 || extra < 0 || extra >= w.stride[d]) return std::nullopt;
    }
    return finish_convolution<dnnl::deconvolution_forward>(op);
  }

  Primitive pooled(algorithm kind, const Window& w, const memory::dims& end) const {
    const dnnl::pooling_v2_forward::desc described(
        prop_kind::forward_inference, kind, current, any_layout(output()), dims(w.stride),
        dims(w.kernel), less_one(w.dilation), dims(w.begin), end);
    const dnnl::pooling_v2_forward::primitive_desc chosen(described, engine);
    return {dnnl::pooling_v2_forward(chosen), current, chosen.dst_desc(), {}, false};
  }

  std::optional<Primitive> operator()(const Pooling& op) const {
    const Window& w = op.window;
    memory::dims end = dims(w.end);
    bool overhangs = false;
    for (std::size_t d = 0; d < 2; ++d) {
      const std::int64_t needed = (output()[2 + d] - 1) * w.stride[d] +
                                  (w.kernel[d] - 1) * w.dilation[d] + 1 - input()[2 + d] -
                                  w.begin[d];
      if (needed <= end[d]) continue;
      end[d] = needed;
      overhangs = true;
    }
    if (op.kind == Pooling::Kind::maximum) return pooled(algorithm::pooling_max, w, end);
    // oneDNN would count what ceil_mode adds.
    if (op.count_pads && overhangs) return std::nullopt;
    return pooled(op.count_pads ? algorithm::pooling_avg_include_padding
                                : algorithm::pooling_avg_exclude_padding,
                  w, end);
  }

  std::optional<Primitive> operator()(const GlobalAverage&) const {
    Window w;
    w.kernel = {input()[2], input()[3]};
    return pooled(algorithm::pooling_avg_exclude_padding, w, {0, 0});
  }

  Primitive elementwise(const Eltwise& function) const {
    const dnnl::eltwise_forward::desc described(prop_kind::forward_inference, function.kind,
                                                current, function.alpha, function.beta);
    const dnnl::eltwise_forward::primitive_desc chosen(described, engine);
    return {dnnl::eltwise_forward(chosen), current, chosen.dst_desc(), {}, false};
  }

  std::optional<Primitive> operator()(const Elementwise& op) const {
    const auto function = eltwise(op.activation);
    return function ? std::optional(elementwise(*function)) : std::nullopt;
  }

  // y = scale x + shift per channel, as a normalization with mean 0 and variance 1.
  std::optional<Primitive> operator()(const Normalization& op) const {
    if (input().size() != 4) return std::nullopt;
    using dnnl::normalization_flags;
    const auto flags = normalization_flags::use_global_stats | normalization_flags::use_scale |
                       normalization_flags::use_shift;
    const dnnl::batch_normalization_forward::desc described(prop_kind::forward_inference, current,
                                                            0, flags);
    const dnnl::batch_normalization_forward::primitive_desc chosen(described, engine);
    Primitive made{
        dnnl::batch_normalization_forward(chosen), current, chosen.dst_desc(), {}, false};
    const std::vector<float> zeros(op.scale.size(), 0.0F), ones(op.scale.size(), 1.0F);
    const Description layout = plain_layout({static_cast<std::int64_t>(op.scale.size())});
    const auto add = [&](int argument, const std::vector<float>& values) {
      made.parameters.emplace_back(argument, reordered(engine, layout, values.data(), layout));
    };
    add(DNNL_ARG_MEAN, zeros);
    add(DNNL_ARG_VARIANCE, ones);
    add(DNNL_ARG_SCALE, op.scale);
    add(DNNL_ARG_SHIFT, op.shift);
    return made;
  }

  std::optional<Primitive> operator()(const Binary& op) const {
    if (const auto constant = plan.constants.find(step.inputs[1]);
        constant != plan.constants.end() && constant->second->size() == 1) {
      const float value = constant->second->floats()[0];
      if (output() != input()) return std::nullopt;
      switch (op.kind) {
        case Binary::Kind::add: return elementwise({algorithm::eltwise_linear, 1, value});
        case Binary::Kind::subtract: return elementwise({algorithm::eltwise_linear, 1, -value});
        case Binary::Kind::multiply: return elementwise({algorithm::eltwise_linear, value, 0});
        case Binary::Kind::divide: return elementwise({algorithm::eltwise_linear, 1 / value, 0});
      }
    }
    if (plan.shape(step.inputs[1]) != input() || plan.constants.contains(step.inputs[1]) ||
        plan.constants.contains(step.inputs[0]))
      return std::nullopt;
    constexpr algorithm kKinds[] = {algorithm::binary_add, algorithm::binary_sub,
                                    algorithm::binary_mul, algorithm::binary_div};
    const dnnl::binary::desc described(kKinds[static_cast<int>(op.kind)], current, current,
                                       current);
    const dnnl::binary::primitive_desc chosen(described, engine);
    return Primitive{dnnl::binary(chosen), current, chosen.dst_desc(), {}, true};
  }

  std::optional<Primitive> operator()(const Resize& op) const {
    bool whole = true, exact = true;
    for (std::size_t d = 0; d < 2; ++d) {
      whole = whole && op.scale[d] >= 1 && op.scale[d] == std::floor(op.scale[d]);
      exact = exact && static_cast<double>(output()[2 + d]) ==
                           op.scale[d] * static_cast<double>(input()[2 + d]);
    }
    using Coordinates = Resize::Coordinates;
    const bool linear = op.mode == Resize::Mode::linear;
    const bool centred =
        op.coordinates == Coordinates::half_pixel ||
        (op.coordinates == Coordinates::torch_half_pixel && output()[2] > 1 && output()[3] > 1);
    // Nearest by a whole factor is a repetition in either convention.
    const bool repeats =
        !linear && whole && exact &&
        ((op.coordinates == Coordinates::asymmetric && op.rounding == Resize::Rounding::floor) ||
         centred);
    if (!repeats && !(linear && centred && exact)) return std::nullopt;
    const dnnl::resampling_forward::desc described(
        prop_kind::forward_inference,
        linear ? algorithm::resampling_linear : algorithm::resampling_nearest, current,
        any_layout(output()));
    const dnnl::resampling_forward::primitive_desc chosen(described, engine);
    return Primitive{dnnl::resampling_forward(chosen), current, chosen.dst_desc(), {}, false};
  }

  std::optional<Primitive> operator()(const Softmax& op) const {
    if (input().size() != 4 || op.count != input()[1] || op.inner != input()[2] * input()[3])
      return std::nullopt;
    if (op.logarithm) {
      const dnnl::logsoftmax_forward::desc described(prop_kind::forward_inference, current, 1);
      const dnnl::logsoftmax_forward::primitive_desc chosen(described, engine);
      return Primitive{dnnl::logsoftmax_forward(chosen), current, chosen.dst_desc(), {}, false};
    }
    const dnnl::softmax_forward::desc described(prop_kind::forward_inference, current, 1);
    const dnnl::softmax_forward::primitive_desc chosen(described, engine);
    return Primitive{dnnl::softmax_forward(chosen), current, chosen.dst_desc(), {}, false};
  }

  template <class Other>
  std::optional<Primitive> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

Description plain_layout(const Shape& shape) {
  const Shape sizes = shape.empty() ? Shape{1} : shape;
  return {sizes, kFloat, strides_of(sizes)};
}

dnnl::memory reordered(const dnnl::engine& engine, const Description& from, const float* values,
                       const Description& to) {
  dnnl::memory source(from, engine, const_cast<float*>(values));
  dnnl::memory destination(to, engine);
  dnnl::stream stream(engine);
  dnnl::reorder(source, destination).execute(stream, source, destination);
  stream.wait();
  return destination;
}

std::optional<Primitive> make_primitive(const dnnl::engine& engine, const Plan& plan,
                                        const Step& step, const Description& current) {
  if (plan.constants.contains(step.inputs[0])) return std::nullopt;
  return std::visit(Maker{engine, plan, step, current}, step.operation);
}

}  // namespace slicecast::nn::onednn
