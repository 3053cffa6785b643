#include "common/nn/graph/cudnn/steps.h"

#include <utility>
#include <variant>

#include "common/nn/graph/cudnn/convolution_step.h"
#include "common/nn/graph/cudnn/forms.h"

namespace slicecast::nn::cudnn {
namespace {

// Everything that reads one or two tensors and writes one by a single call.
class CallStep final : public CardStep {
 public:
  explicit CallStep(std::shared_ptr<const Library> library) : library_(std::move(library)) {}
  Result<void> set_forms(const Form& input, const Form& output) {
    auto from = tensor_form(*library_, input);
    if (!from) return from.error();
    auto to = tensor_form(*library_, output);
    if (!to) return to.error();
    from_ = std::move(*from);
    to_ = std::move(*to);
    return {};
  }
  Result<void> run(Handle handle, std::span<const CardAddress> inputs, CardAddress output,
                   const Workspace&) const override {
    if (const Status status = call(*this, handle, inputs, output))
      return library_->failed(what, status);
    return {};
  }

  const Library& library() const { return *library_; }
  Descriptor from() const { return from_.get(); }
  Descriptor to() const { return to_.get(); }
  Described form, second;
  const char* what = "";
  int choice = 0;
  std::size_t bytes = 0;
  Status (*call)(const CallStep& step, Handle handle, std::span<const CardAddress> inputs,
                 CardAddress output) = nullptr;

 private:
  const std::shared_ptr<const Library> library_;
  Described from_, to_;
};
using Made = Result<std::unique_ptr<CardStep>>;

Made on_the_host() {
  return std::unique_ptr<CardStep>();
}

struct Maker {
  const std::shared_ptr<const Library>& library;
  Handle handle;
  const Plan& plan;
  const Step& step;

  const Shape& input(std::size_t i = 0) const { return plan.shape(step.inputs[i]); }
  const Shape& output() const { return plan.shape(step.output); }

  Result<std::unique_ptr<CallStep>> begin(const char* what, const Form& from,
                                          const Form& to) const {
    auto made = std::make_unique<CallStep>(library);
    made->what = what;
    if (auto ok = made->set_forms(from, to); !ok) return ok.error();
    return made;
  }
  static Made done(std::unique_ptr<CallStep> step) {
    return std::unique_ptr<CardStep>(std::move(step));
  }

  Made operator()(const Convolution& op) const {
    // A transposed one is the gradient of a convolution from its output to its input.
    const bool even = op.transposed ? has_even_pads(op.window, output(), input())
                                    : has_even_pads(op.window, input(), output());
    if (!even || !can_activate(op.activation)) return on_the_host();
    return convolution_step(library, handle, op, input(), output());
  }

  Made operator()(const Pooling& op) const {
    if (!has_even_pads(op.window, input(), output()) || op.window.dilation != Pair{1, 1})
      return on_the_host();
    auto made = begin("pooling", form_of(input()), form_of(output()));
    if (!made) return made.error();
    const int mode = op.kind == Pooling::Kind::maximum ? kMaximum
                     : op.count_pads                   ? kAverageWithPads
                                                       : kAverageWithoutPads;
    const auto whole = [](std::int64_t value) { return static_cast<int>(value); };
    const Window& w = op.window;
    const CudnnCalls& calls = library->cudnn();
    auto form = described(*library, "a pooling's form", calls.create_pooling, calls.destroy_pooling,
                          [&](Descriptor one) {
                            return calls.set_pooling(one, mode, kPropagateNan, whole(w.kernel[0]),
                                                     whole(w.kernel[1]), whole(w.begin[0]),
                                                     whole(w.begin[1]), whole(w.stride[0]),
                                                     whole(w.stride[1]));
                          });
    if (!form) return form.error();
    (*made)->form = std::move(*form);
    (*made)->call = [](const CallStep& s, Handle h, std::span<const CardAddress> in,
                       CardAddress out) {
      return s.library().cudnn().pool(h, s.form.get(), &kOne, s.from(), in[0], &kZero, s.to(), out);
    };
    return done(std::move(*made));
  }

  Made operator()(const Elementwise& op) const {
    if (!can_activate(op.activation) || op.activation.kind == Activation::Kind::none)
      return on_the_host();
    auto made = begin("an activation", form_of(input()), form_of(output()));
    if (!made) return made.error();
    auto form = activation_form(*library, op.activation);
    if (!form) return form.error();
    (*made)->form = std::move(*form);
    (*made)->call = [](const CallStep& s, Handle h, std::span<const CardAddress> in,
                       CardAddress out) {
      return s.library().cudnn().activate(h, s.form.get(), &kOne, s.from(), in[0], &kZero, s.to(),
                                          out);
    };
    return done(std::move(*made));
  }

  Made operator()(const Binary& op) const {
    const bool known = op.kind == Binary::Kind::add || op.kind == Binary::Kind::multiply;
    if (!known || input(0) != output() || input(1) != output()) return on_the_host();
    auto made = begin("a sum or product", form_of(output()), form_of(output()));
    if (!made) return made.error();
    const CudnnCalls& calls = library->cudnn();
    auto form =
        described(*library, "a sum's form", calls.create_op, calls.destroy_op, [&](Descriptor one) {
          return calls.set_op(one, op.kind == Binary::Kind::add ? kAdd : kMultiply, kFloat,
                              kPropagateNan);
        });
    if (!form) return form.error();
    (*made)->form = std::move(*form);
    (*made)->call = [](const CallStep& s, Handle h, std::span<const CardAddress> in,
                       CardAddress out) {
      return s.library().cudnn().combine(h, s.form.get(), &kOne, s.from(), in[0], &kOne, s.from(),
                                         in[1], &kZero, s.to(), out);
    };
    return done(std::move(*made));
  }

  Made operator()(const Softmax& op) const {
    const Form form{static_cast<int>(op.outer), static_cast<int>(op.count),
                    static_cast<int>(op.inner), 1};
    auto made = begin("a softmax", form, form);
    if (!made) return made.error();
    (*made)->choice = op.logarithm ? kSoftmaxLog : kSoftmaxAccurate;
    (*made)->call = [](const CallStep& s, Handle h, std::span<const CardAddress> in,
                       CardAddress out) {
      return s.library().cudnn().softmax(h, s.choice, kSoftmaxOfChannels, &kOne, s.from(), in[0],
                                         &kZero, s.to(), out);
    };
    return done(std::move(*made));
  }

  Made operator()(const Reshape&) const {
    auto made = begin("a copy", form_of(input()), form_of(output()));
    if (!made) return made.error();
    (*made)->bytes = static_cast<std::size_t>(*element_count(output())) * sizeof(float);
    (*made)->call = [](const CallStep& s, Handle, std::span<const CardAddress> in,
                       CardAddress out) { return s.library().driver().copy(out, in[0], s.bytes); };
    return done(std::move(*made));
  }

  template <class Other>
  Made operator()(const Other&) const {
    return on_the_host();
  }
};

// Channels lie one after the other, so that joining them is copying.
class JoinStep final : public CardStep {
 public:
  JoinStep(std::shared_ptr<const Library> library, std::vector<std::size_t> bytes)
      : library_(std::move(library)), bytes_(std::move(bytes)) {}
  Result<void> run(Handle, std::span<const CardAddress> inputs, CardAddress output,
                   const Workspace&) const override {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (const Status status = library_->driver().copy(output, inputs[i], bytes_[i]))
        return library_->failed_driver("cuMemcpyDtoD", status);
      output += bytes_[i];
    }
    return {};
  }

 private:
  const std::shared_ptr<const Library> library_;
  const std::vector<std::size_t> bytes_;
};

}  // namespace

Result<std::unique_ptr<CardStep>> card_step(const std::shared_ptr<const Library>& library,
                                            Handle handle, const Plan& plan, const Step& step) {
  const Maker maker{library, handle, plan, step};
  const auto* join = std::get_if<Concat>(&step.operation);
  if (join == nullptr) return std::visit(maker, step.operation);
  for (std::size_t d = 0; d < join->axis; ++d)
    if (maker.output()[d] != 1) return on_the_host();
  std::vector<std::size_t> bytes;
  for (const ValueId value : step.inputs)
    bytes.push_back(static_cast<std::size_t>(*element_count(plan.shape(value))) * sizeof(float));
  return std::unique_ptr<CardStep>(std::make_unique<JoinStep>(library, std::move(bytes)));
}

}  // namespace slicecast::nn::cudnn
