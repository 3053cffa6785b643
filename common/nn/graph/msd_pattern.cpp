#include "common/nn/graph/msd_pattern.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

namespace slicecast::nn {
namespace {

constexpr std::array kBorders{msd::Border::symmetric, msd::Border::reflect, msd::Border::replicate,
                              msd::Border::zeros};

// A value that holds nothing but pixels of the network's planes: which planes, and which of their
// rows and columns (-1: zeros).
struct Pixels {
  std::vector<int> planes;
  std::array<std::vector<int>, 2> positions;
};

std::vector<int> counted(int size) {
  std::vector<int> all(static_cast<std::size_t>(size));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

class Walk {
 public:
  Walk(const Plan& plan, std::optional<msd::Border> border) : plan_(plan), wanted_(border) {}

  std::optional<msd::Network> run() {
    const Shape& shape = plan_.input_shape();
    if (shape.size() != 4 || shape[0] != 1 || shape[1] > msd::kMostPlanes || shape[2] > 1 << 14 ||
        shape[3] > 1 << 14)
      return std::nullopt;
    size_ = {static_cast<int>(shape[2]), static_cast<int>(shape[3])};
    network_.inputs = static_cast<int>(shape[1]);
    image_ = plan_.input;
    known_[image_] = {counted(network_.inputs), {counted(size_[0]), counted(size_[1])}};
    for (const Step& step : plan_.steps)
      if (!take(step)) return std::nullopt;
    if (!head_ || *head_ != plan_.output) return std::nullopt;
    return finish();
  }

 private:
  bool take(const Step& step) {
    if (head_) return step.inputs[0] == *head_ && take_behind(step);
    if (std::holds_alternative<Binary>(step.operation) ||
        std::holds_alternative<Normalization>(step.operation))
      return take_scaling(step);
    const auto at = known_.find(step.inputs[0]);
    if (at == known_.end()) return false;
    if (const auto* conv = std::get_if<Convolution>(&step.operation))
      return take_convolution(step, *conv, at->second);
    Pixels pixels;
    bool followed = false;
    if (std::holds_alternative<Concat>(step.operation)) followed = join(step, pixels);
    if (const auto* op = std::get_if<Slice>(&step.operation)) followed = cut(*op, step, pixels);
    if (const auto* op = std::get_if<Gather>(&step.operation)) followed = pick(*op, step, pixels);
    if (const auto* op = std::get_if<Pad>(&step.operation)) followed = pad(*op, step, pixels);
    if (followed) known_[step.output] = std::move(pixels);
    return followed;
  }

  // The numbers per channel of a constant that scales or shifts; empty: it is no such constant.
  std::vector<float> per_channel(ValueId value, int channels) const {
    const auto at = plan_.constants.find(value);
    if (at == plan_.constants.end()) return {};
    const auto values = at->second->floats();
    if (values.size() == 1) return std::vector(static_cast<std::size_t>(channels), values[0]);
    const Shape& shape = at->second->shape;
    if (shape.size() < 3 || shape[shape.size() - 3] != channels ||
        values.size() != static_cast<std::size_t>(channels))
      return {};
    return {values.begin(), values.end()};
  }

  bool scale(const Step& step, int channels, std::vector<msd::Affine>& affines) const {
    if (affines.empty()) affines.resize(static_cast<std::size_t>(channels));
    if (const auto* op = std::get_if<Normalization>(&step.operation)) {
      for (std::size_t c = 0; c < affines.size(); ++c) {
        affines[c].scale *= op->scale[c];
        affines[c].shift = affines[c].shift * op->scale[c] + op->shift[c];
      }
      return true;
    }
    const auto kind = std::get<Binary>(step.operation).kind;
    const auto values = per_channel(step.inputs[1], channels);
    if (values.empty() || plan_.shape(step.inputs[0]) != plan_.shape(step.output)) return false;
    for (std::size_t c = 0; c < affines.size(); ++c) {
      msd::Affine& affine = affines[c];
      if (kind == Binary::Kind::add) affine.shift += values[c];
      if (kind == Binary::Kind::subtract) affine.shift -= values[c];
      if (kind == Binary::Kind::multiply) {
        affine.scale *= values[c];
        affine.shift *= values[c];
      }
      if (kind == Binary::Kind::divide) {
        affine.scale /= values[c];
        affine.shift /= values[c];
      }
    }
    return true;
  }

  // Only of the whole input, and nobody may read what was there before.
  bool take_scaling(const Step& step) {
    Step turned = step;
    if (const auto* op = std::get_if<Binary>(&step.operation);
        op != nullptr && step.inputs[1] == image_ &&
        (op->kind == Binary::Kind::add || op->kind == Binary::Kind::multiply))
      std::swap(turned.inputs[0], turned.inputs[1]);
    if (turned.inputs[0] != image_ || known_.size() != 1 ||
        !scale(turned, network_.inputs, network_.scale_in))
      return false;
    become_image(step.output);
    return true;
  }

  void become_image(ValueId value) {
    auto node = known_.extract(image_);
    node.key() = value;
    known_.insert(std::move(node));
    image_ = value;
  }

  bool whole_images(const Pixels& pixels) const {
    return pixels.positions[0] == counted(size_[0]) && pixels.positions[1] == counted(size_[1]);
  }

  bool take_convolution(const Step& step, const Convolution& op, const Pixels& from) {
    const Window& w = op.window;
    if (op.transposed || op.groups != 1 || w.stride != Pair{1, 1}) return false;
    if (w.kernel == Pair{1, 1}) return take_pointwise(step, op, from);
    if (w.kernel != Pair{3, 3} || w.dilation[0] != w.dilation[1] ||
        w.dilation[0] > msd::kMostDilation || op.activation.kind != Activation::Kind::relu ||
        !narrow_border(w, from))
      return false;
    const auto weights = op.weights->floats();
    const std::int64_t outputs = op.weights->shape[0];
    Pixels made{{}, {counted(size_[0]), counted(size_[1])}};
    std::size_t at = 0;
    for (std::int64_t k = 0; k < outputs; ++k) {
      msd::Layer layer;
      layer.dilation = static_cast<int>(w.dilation[0]);
      layer.bias = op.bias ? op.bias->floats()[static_cast<std::size_t>(k)] : 0;
      std::map<int, std::array<float, 9>> kernels;  // a plane may be there twice
      for (const int plane : from.planes)
        for (float& weight : kernels[plane]) weight += weights[at++];
      for (const auto& [plane, kernel] : kernels)
        if (std::ranges::any_of(kernel, [](float weight) { return weight != 0; }))
          layer.edges.push_back({plane, kernel});
      made.planes.push_back(network_.planes());
      network_.layers.push_back(std::move(layer));
    }
    known_[step.output] = std::move(made);
    return network_.planes() <= msd::kMostPlanes;
  }

  // Drops the border modes that would read other pixels than this kernel does.
  bool narrow_border(const Window& w, const Pixels& from) {
    const int dilation = static_cast<int>(w.dilation[0]);
    if (w.begin == Pair{dilation, dilation} && w.end == w.begin) {
      for (std::size_t b = 0; b < kBorders.size(); ++b)
        possible_[b] = possible_[b] && kBorders[b] == msd::Border::zeros;
      return whole_images(from);
    }
    if (w.begin != Pair{0, 0} || w.end != Pair{0, 0}) return false;
    for (std::size_t d = 0; d < 2; ++d) {
      const auto& positions = from.positions[d];
      if (positions.size() != static_cast<std::size_t>(size_[d] + 2 * dilation)) return false;
      for (std::size_t b = 0; b < kBorders.size(); ++b)
        for (std::size_t i = 0; i < positions.size() && possible_[b]; ++i)
          possible_[b] = positions[i] == msd::border_position(
                                             kBorders[b], static_cast<int>(i) - dilation, size_[d]);
    }
    return true;
  }

  bool take_pointwise(const Step& step, const Convolution& op, const Pixels& from) {
    if (op.window.begin != Pair{0, 0} || op.window.end != Pair{0, 0} ||
        op.activation.kind != Activation::Kind::none || !whole_images(from))
      return false;
    const auto weights = op.weights->floats();
    const auto biases = op.bias ? as_floats(*op.bias) : std::vector<float>{};
    // One number in and out before the first layer is msd_pytorch's scaling.
    if (step.inputs[0] == image_ && known_.size() == 1 && network_.inputs == 1 &&
        op.weights->shape[0] == 1 && step.output != plan_.output && network_.layers.empty()) {
      if (network_.scale_in.empty()) network_.scale_in.resize(1);
      msd::Affine& affine = network_.scale_in[0];
      affine.scale *= weights[0];
      affine.shift = affine.shift * weights[0] + (biases.empty() ? 0 : biases[0]);
      become_image(step.output);
      return true;
    }
    network_.outputs = static_cast<int>(op.weights->shape[0]);
    const auto planes = static_cast<std::size_t>(network_.planes());
    network_.final_weights.assign(static_cast<std::size_t>(network_.outputs) * planes, 0);
    network_.final_biases.assign(static_cast<std::size_t>(network_.outputs), 0);
    if (!biases.empty()) network_.final_biases = biases;
    std::size_t at = 0;
    for (std::size_t k = 0; k < network_.final_biases.size(); ++k)
      for (const int plane : from.planes)
        network_.final_weights[k * planes + static_cast<std::size_t>(plane)] += weights[at++];
    head_ = step.output;
    return true;
  }

  bool take_behind(const Step& step) {
    if (network_.output != msd::Output::linear) return false;
    head_ = step.output;
    if (std::holds_alternative<Binary>(step.operation))
      return scale(step, network_.outputs, network_.scale_out);
    if (const auto* conv = std::get_if<Convolution>(&step.operation)) {
      // The scaling behind msd_pytorch's regression networks.
      if (conv->window.kernel != Pair{1, 1} || conv->window.begin != Pair{0, 0} ||
          conv->window.end != Pair{0, 0} || conv->window.stride != Pair{1, 1} ||
          network_.outputs != 1 || conv->weights->size() != 1 || conv->transposed ||
          conv->activation.kind != Activation::Kind::none)
        return false;
      if (network_.scale_out.empty()) network_.scale_out.resize(1);
      const float factor = conv->weights->floats()[0];
      network_.scale_out[0].scale *= factor;
      network_.scale_out[0].shift =
          network_.scale_out[0].shift * factor + (conv->bias ? conv->bias->floats()[0] : 0);
      return true;
    }
    const std::int64_t pixels = static_cast<std::int64_t>(size_[0]) * size_[1];
    if (const auto* op = std::get_if<Softmax>(&step.operation)) {
      network_.output = op->logarithm ? msd::Output::log_softmax : msd::Output::softmax;
      return op->outer == 1 && op->inner == pixels;
    }
    if (const auto* op = std::get_if<ArgMax>(&step.operation)) {
      network_.output = msd::Output::arg_max;
      return op->outer == 1 && op->inner == pixels && !op->last;
    }
    return false;
  }

  bool join(const Step& step, Pixels& joined) const {
    const std::size_t axis = std::get<Concat>(step.operation).axis;
    if (axis < 1 || axis > 3) return false;
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const auto at = known_.find(step.inputs[i]);
      if (at == known_.end()) return false;
      const Pixels& next = at->second;
      if (i == 0) {
        joined = next;
        continue;
      }
      // Alike in all but the axis along which they are joined.
      if ((axis != 1 && next.planes != joined.planes) ||
          (axis != 2 && next.positions[0] != joined.positions[0]) ||
          (axis != 3 && next.positions[1] != joined.positions[1]))
        return false;
      auto& to = axis == 1 ? joined.planes : joined.positions[axis - 2];
      const auto& more = axis == 1 ? next.planes : next.positions[axis - 2];
      to.insert(to.end(), more.begin(), more.end());
    }
    return true;
  }

  static std::vector<int>& along(Pixels& pixels, std::size_t axis) {
    return axis == 1 ? pixels.planes : pixels.positions[axis - 2];
  }

  bool cut(const Slice& op, const Step& step, Pixels& pixels) const {
    pixels = known_.at(step.inputs[0]);
    for (std::size_t axis = 1; axis < 4; ++axis) {
      std::vector<int>& all = along(pixels, axis);
      std::vector<int> left;
      for (std::int64_t i = 0; i < plan_.shape(step.output)[axis]; ++i)
        left.push_back(all[static_cast<std::size_t>(op.start[axis] + i * op.step[axis])]);
      all = std::move(left);
    }
    return plan_.shape(step.output)[0] == 1;
  }

  bool pick(const Gather& op, const Step& step, Pixels& pixels) const {
    if (op.axis == 0 || plan_.shape(step.output).size() != 4) return false;
    pixels = known_.at(step.inputs[0]);
    std::vector<int>& all = along(pixels, op.axis);
    std::vector<int> left;
    for (const auto index : op.indices) left.push_back(all[static_cast<std::size_t>(index)]);
    all = std::move(left);
    return true;
  }

  bool pad(const Pad& op, const Step& step, Pixels& pixels) const {
    pixels = known_.at(step.inputs[0]);
    const Shape& shape = plan_.shape(step.output);
    if (op.begin[0] != 0 || op.begin[1] != 0 || shape[0] != 1 ||
        shape[1] != static_cast<std::int64_t>(pixels.planes.size()) || op.value != 0)
      return false;
    const auto border = op.mode == Pad::Mode::constant  ? msd::Border::zeros
                        : op.mode == Pad::Mode::reflect ? msd::Border::reflect
                                                        : msd::Border::replicate;
    for (std::size_t axis = 2; axis < 4; ++axis) {
      std::vector<int>& all = along(pixels, axis);
      std::vector<int> padded;
      for (std::int64_t i = 0; i < shape[axis]; ++i) {
        const int at = msd::border_position(border, static_cast<int>(i - op.begin[axis]),
                                            static_cast<int>(all.size()));
        padded.push_back(at < 0 ? -1 : all[static_cast<std::size_t>(at)]);
      }
      all = std::move(padded);
    }
    return true;
  }

  std::optional<msd::Network> finish() {
    const auto first = std::ranges::find(possible_, true);
    if (first == possible_.end() || network_.outputs > msd::kMostOutputs) return std::nullopt;
    network_.border = kBorders[static_cast<std::size_t>(first - possible_.begin())];
    if (network_.border == msd::Border::zeros && wanted_) network_.border = *wanted_;
    // Weights of planes that came after the final layer was met cannot be there.
    if (network_.final_weights.size() != static_cast<std::size_t>(network_.outputs) *
                                             static_cast<std::size_t>(network_.planes()) ||
        !msd::validate(network_))
      return std::nullopt;
    return std::move(network_);
  }

  const Plan& plan_;
  const std::optional<msd::Border> wanted_;
  std::array<int, 2> size_{};
  std::map<ValueId, Pixels> known_;
  ValueId image_ = kAbsent;
  std::optional<ValueId> head_;
  std::array<bool, 4> possible_{true, true, true, true};
  msd::Network network_;
};

}  // namespace

std::optional<msd::Network> find_msd(const Plan& plan, std::optional<msd::Border> border) {
  return Walk(plan, border).run();
}

Shape msd_trial_shape(const Graph& graph) {
  std::int64_t dilation = 1;
  for (const Node& node : graph.nodes)
    if (node.type == "Conv")
      for (const auto value : node.integers("dilations"))
        dilation = std::max(dilation, std::min<std::int64_t>(value, msd::kMostDilation));
  Shape shape = graph.declared_input;
  if (shape.size() != 4) return shape;
  shape[0] = 1;
  // Different extents, so that rows taken for columns show.
  for (std::size_t d = 2; d < 4; ++d)
    if (shape[d] < 1) shape[d] = 2 * dilation + 8 + 2 * static_cast<std::int64_t>(d);
  return shape;
}

}  // namespace slicecast::nn
