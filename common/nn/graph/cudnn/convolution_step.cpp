#include "common/nn/graph/cudnn/convolution_step.h"

#include <utility>

#include "common/nn/graph/cudnn/forms.h"

namespace slicecast::nn::cudnn {
namespace {

class ConvolutionStep final : public CardStep {
 public:
  ConvolutionStep(std::shared_ptr<const Library> library, bool transposed)
      : library_(std::move(library)), transposed_(transposed) {}

  Result<void> prepare(Handle handle, const Convolution& of, const Shape& input,
                       const Shape& output);
  std::size_t workspace_bytes() const override { return workspace_bytes_; }
  Result<void> run(Handle handle, std::span<const CardAddress> inputs, CardAddress output,
                   const Workspace& workspace) const override;

 private:
  Result<void> choose(Handle handle);
  Status convolve(Handle handle, CardAddress input, CardAddress output,
                  const Workspace& workspace) const;

  const std::shared_ptr<const Library> library_;
  const bool transposed_;
  Described input_, output_, filter_, convolution_, bias_form_, activation_;
  CardMemory weights_, bias_;
  int algorithm_ = 0;
  std::size_t workspace_bytes_ = 0;
};

Result<Described> convolution_form(const Library& library, const Convolution& of) {
  const CudnnCalls& calls = library.cudnn();
  const auto whole = [](std::int64_t value) { return static_cast<int>(value); };
  const Window& w = of.window;
  return described(library, "a convolution's form", calls.create_convolution,
                   calls.destroy_convolution, [&](Descriptor one) {
                     Status status = calls.set_convolution(
                         one, whole(w.begin[0]), whole(w.begin[1]), whole(w.stride[0]),
                         whole(w.stride[1]), whole(w.dilation[0]), whole(w.dilation[1]),
                         kCrossCorrelation, kFloat);
                     if (status == 0) status = calls.set_groups(one, whole(of.groups));
                     return status == 0 ? calls.set_math(one, kFmaMath) : status;
                   });
}

// The faster algorithm if it takes this convolution, else the one that takes all.
Result<void> ConvolutionStep::choose(Handle handle) {
  const CudnnCalls& calls = library_->cudnn();
  const auto asks = [&](int algorithm) {
    algorithm_ = algorithm;
    return transposed_
               ? calls.backward_workspace(handle, filter_.get(), input_.get(), convolution_.get(),
                                          output_.get(), algorithm, &workspace_bytes_)
               : calls.forward_workspace(handle, input_.get(), filter_.get(), convolution_.get(),
                                         output_.get(), algorithm, &workspace_bytes_);
  };
  if (asks(transposed_ ? kBackwardDeterministic : kForwardPrecomputedGemm) == 0) return {};
  if (const Status status = asks(transposed_ ? kBackwardAny : kForwardGemm))
    return library_->failed("no algorithm for a convolution", status);
  return {};
}

Result<void> ConvolutionStep::prepare(Handle handle, const Convolution& of, const Shape& input,
                                      const Shape& output) {
  const auto keep = [](auto& member, auto made) -> Result<void> {
    if (!made) return made.error();
    member = std::move(*made);
    return {};
  };
  if (auto ok = keep(input_, tensor_form(*library_, form_of(input))); !ok) return ok;
  if (auto ok = keep(output_, tensor_form(*library_, form_of(output))); !ok) return ok;
  if (auto ok = keep(filter_, filter_form(*library_, form_of(of.weights->shape))); !ok) return ok;
  if (auto ok = keep(convolution_, convolution_form(*library_, of)); !ok) return ok;
  if (auto ok = choose(handle); !ok) return ok;
  if (auto ok = keep(weights_, uploaded(library_, of.weights->floats())); !ok) return ok;
  if (auto ok = keep(activation_, activation_form(*library_, of.activation)); !ok) return ok;
  if (of.bias == nullptr) return {};
  const Form form{1, form_of(output)[1], 1, 1};
  if (auto ok = keep(bias_form_, tensor_form(*library_, form)); !ok) return ok;
  return keep(bias_, uploaded(library_, of.bias->floats()));
}

Status ConvolutionStep::convolve(Handle handle, CardAddress input, CardAddress output,
                                 const Workspace& workspace) const {
  const CudnnCalls& calls = library_->cudnn();
  if (transposed_)
    return calls.backward(handle, &kOne, filter_.get(), weights_.at(), input_.get(), input,
                          convolution_.get(), algorithm_, workspace.at, workspace.bytes, &kZero,
                          output_.get(), output);
  return calls.forward(handle, &kOne, input_.get(), input, filter_.get(), weights_.at(),
                       convolution_.get(), algorithm_, workspace.at, workspace.bytes, &kZero,
                       output_.get(), output);
}

Result<void> ConvolutionStep::run(Handle handle, std::span<const CardAddress> inputs,
                                  CardAddress output, const Workspace& workspace) const {
  const CudnnCalls& calls = library_->cudnn();
  if (const Status status = convolve(handle, inputs[0], output, workspace))
    return library_->failed("a convolution", status);
  if (bias_form_.get() != nullptr)
    if (const Status status = calls.add_tensor(handle, &kOne, bias_form_.get(), bias_.at(), &kOne,
                                               output_.get(), output))
      return library_->failed("a bias", status);
  if (activation_.get() != nullptr)
    if (const Status status = calls.activate(handle, activation_.get(), &kOne, output_.get(),
                                             output, &kZero, output_.get(), output))
      return library_->failed("an activation", status);
  return {};
}

}  // namespace

bool can_activate(const Activation& activation) {
  using Kind = Activation::Kind;
  return activation.kind == Kind::none || activation.kind == Kind::relu ||
         activation.kind == Kind::sigmoid || activation.kind == Kind::tanh;
}

Result<Described> activation_form(const Library& library, const Activation& activation) {
  using Kind = Activation::Kind;
  if (activation.kind == Kind::none) return Described();
  const int mode = activation.kind == Kind::relu      ? kRelu
                   : activation.kind == Kind::sigmoid ? kSigmoid
                                                      : kTanh;
  const CudnnCalls& calls = library.cudnn();
  return described(
      library, "an activation's form", calls.create_activation, calls.destroy_activation,
      [&](Descriptor one) { return calls.set_activation(one, mode, kPropagateNan, 0); });
}

bool has_even_pads(const Window& window, const Shape& image, const Shape& windows) {
  if (image.size() != 4 || windows.size() != 4) return false;
  for (std::size_t d = 0; d < 2; ++d) {
    const std::int64_t reach = window.dilation[d] * (window.kernel[d] - 1) + 1;
    const std::int64_t room = image[d + 2] + 2 * window.begin[d] - reach;
    if (window.begin[d] < 0 || room < 0 || room / window.stride[d] + 1 != windows[d + 2])
      return false;
  }
  return true;
}

Result<std::unique_ptr<CardStep>> convolution_step(const std::shared_ptr<const Library>& library,
                                                   Handle handle, const Convolution& convolution,
                                                   const Shape& input, const Shape& output) {
  auto made = std::make_unique<ConvolutionStep>(library, convolution.transposed);
  if (auto ok = made->prepare(handle, convolution, input, output); !ok) return ok.error();
  return std::unique_ptr<CardStep>(std::move(made));
}

}  // namespace slicecast::nn::cudnn
