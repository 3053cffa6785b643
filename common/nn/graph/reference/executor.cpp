#include "common/nn/graph/reference/executor.h"

#include <algorithm>
#include <utility>

#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::reference {
namespace {

class PlainExecutor final : public Executor {
 public:
  explicit PlainExecutor(Plan plan) : plan_(std::move(plan)) {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      for (const ValueId value : plan_.steps[i].inputs) last_reader_[value] = i;
  }

  Result<void> run(std::span<const float> input, std::span<float> output) override {
    std::map<ValueId, std::vector<float>> values;
    values[plan_.input].assign(input.begin(), input.end());
    const auto floats = [&](ValueId value) -> Floats {
      const auto constant = plan_.constants.find(value);
      const float* at = constant != plan_.constants.end() ? constant->second->floats().data()
                                                          : values.at(value).data();
      return {&plan_.shape(value), at};
    };
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const Step& step = plan_.steps[i];
      std::vector<Floats> inputs;
      for (const ValueId value : step.inputs) inputs.push_back(floats(value));
      const Shape& shape = plan_.shape(step.output);
      auto& computed = values[step.output];
      computed.resize(static_cast<std::size_t>(*element_count(shape)));
      compute(step.operation, inputs, {&shape, computed.data()});
      for (const ValueId value : step.inputs)
        if (last_reader_.at(value) == i && value != plan_.output) values.erase(value);
    }
    std::ranges::copy(values.at(plan_.output), output.begin());
    return {};
  }

 private:
  const Plan plan_;
  std::map<ValueId, std::size_t> last_reader_;
};

class PlainBackend final : public NetworkBackend {
 public:
  std::string_view name() const override { return "reference"; }
  std::string description() const override { return "reference (plain loops, one thread)"; }
  Result<std::unique_ptr<Executor>> compile(Plan plan, int) const override {
    return std::unique_ptr<Executor>(std::make_unique<PlainExecutor>(std::move(plan)));
  }
};

}  // namespace

const NetworkBackend& backend() {
  static const PlainBackend plain;
  return plain;
}

}  // namespace slicecast::nn::reference
