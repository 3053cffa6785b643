#include "common/nn/graph/cudnn/executor.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/nn/graph/cudnn/steps.h"
#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::cudnn {
namespace {

std::size_t bytes_of(const Shape& shape) {
  return static_cast<std::size_t>(*element_count(shape)) * sizeof(float);
}

class CudnnExecutor final : public Executor {
 public:
  CudnnExecutor(Plan plan, std::shared_ptr<const Library> library)
      : plan_(std::move(plan)), library_(std::move(library)) {}
  ~CudnnExecutor() override {
    // What is given back here belongs to the card, whichever thread ends it.
    if (auto ok = library_->make_current(); ok && handle_ != nullptr)
      library_->cudnn().destroy(handle_);
  }

  Result<void> prepare();
  Result<void> run(std::span<const float> input, std::span<float> output) override;

 private:
  Result<void> place(ValueId value);
  void try_steps();
  Result<void> run_on_card(std::size_t step);
  Result<void> compute_on_host(const Step& step);
  Result<void> upload(ValueId value, const float* from);
  Result<void> download(ValueId value, float* to) const;

  const Plan plan_;
  const std::shared_ptr<const Library> library_;
  Handle handle_ = nullptr;
  std::vector<std::unique_ptr<CardStep>> steps_;  // null: on the host
  std::vector<CardMemory> memory_;
  std::vector<std::size_t> free_;            // pieces of memory_ whose value nobody reads any more
  std::map<ValueId, std::size_t> place_of_;  // in memory_
  CardMemory workspace_;
};

// The smallest free piece that holds the value, else a new one.
Result<void> CudnnExecutor::place(ValueId value) {
  const std::size_t bytes = bytes_of(plan_.shape(value));
  auto best = free_.end();
  for (auto it = free_.begin(); it != free_.end(); ++it)
    if (memory_[*it].bytes() >= bytes &&
        (best == free_.end() || memory_[*it].bytes() < memory_[*best].bytes()))
      best = it;
  if (best != free_.end()) {
    place_of_[value] = *best;
    free_.erase(best);
    return {};
  }
  auto made = CardMemory::allocate(library_, bytes);
  if (!made) return made.error();
  place_of_[value] = memory_.size();
  memory_.push_back(std::move(*made));
  return {};
}

Result<void> CudnnExecutor::prepare() {
  if (auto ok = library_->make_current(); !ok) return ok;
  if (const Status status = library_->cudnn().create(&handle_))
    return library_->failed("cudnnCreate", status);
  std::map<ValueId, std::size_t> last_reader;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i)
    for (const ValueId value : plan_.steps[i].inputs) last_reader[value] = i;
  if (auto ok = place(plan_.input); !ok) return ok;
  for (const auto& [value, tensor] : plan_.constants) {
    if (auto ok = place(value); !ok) return ok;
    if (auto ok = upload(value, tensor->floats().data()); !ok) return ok;
  }
  std::size_t workspace = 0;
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    const Step& step = plan_.steps[i];
    if (auto ok = place(step.output); !ok) return ok;
    auto made = card_step(library_, handle_, plan_, step);
    if (!made) return Error{made.error().code, step.node + ": " + made.error().message};
    if (*made) workspace = std::max(workspace, (*made)->workspace_bytes());
    steps_.push_back(std::move(*made));
    for (const ValueId value : step.inputs) {
      const bool over =
          last_reader.at(value) == i && value != plan_.output && !plan_.constants.contains(value);
      if (over && std::ranges::find(free_, place_of_.at(value)) == free_.end())
        free_.push_back(place_of_.at(value));
    }
  }
  auto made = CardMemory::allocate(library_, workspace);
  if (!made) return made.error();
  workspace_ = std::move(*made);
  try_steps();
  return {};
}

// A shape that cuDNN has a workspace for may still have no engine, which only a call tells: such a
// step is computed on the host.
void CudnnExecutor::try_steps() {
  for (std::size_t i = 0; i < steps_.size(); ++i)
    if (steps_[i] && !run_on_card(i)) steps_[i].reset();
}

Result<void> CudnnExecutor::run_on_card(std::size_t i) {
  const Step& step = plan_.steps[i];
  std::vector<CardAddress> inputs;
  for (const ValueId value : step.inputs) inputs.push_back(memory_[place_of_.at(value)].at());
  const CardAddress to = memory_[place_of_.at(step.output)].at();
  auto ok = steps_[i]->run(handle_, inputs, to, {workspace_.at(), workspace_.bytes()});
  return ok ? ok : Error{ok.error().code, step.node + ": " + ok.error().message};
}

Result<void> CudnnExecutor::upload(ValueId value, const float* from) {
  if (const Status status = library_->driver().upload(memory_[place_of_.at(value)].at(), from,
                                                      bytes_of(plan_.shape(value))))
    return library_->failed_driver("cuMemcpyHtoD", status);
  return {};
}

// Waits for what computes it: copies and cuDNN's calls follow each other on one stream.
Result<void> CudnnExecutor::download(ValueId value, float* to) const {
  if (const Status status = library_->driver().download(to, memory_[place_of_.at(value)].at(),
                                                        bytes_of(plan_.shape(value))))
    return library_->failed_driver("cuMemcpyDtoH", status);
  return {};
}

Result<void> CudnnExecutor::compute_on_host(const Step& step) {
  std::vector<std::vector<float>> values;
  std::vector<reference::Floats> inputs;
  for (const ValueId value : step.inputs) {
    auto& at = values.emplace_back(bytes_of(plan_.shape(value)) / sizeof(float));
    if (auto ok = download(value, at.data()); !ok) return ok;
    inputs.push_back({&plan_.shape(value), at.data()});
  }
  std::vector<float> computed(bytes_of(plan_.shape(step.output)) / sizeof(float));
  reference::compute(step.operation, inputs, {&plan_.shape(step.output), computed.data()});
  return upload(step.output, computed.data());
}

Result<void> CudnnExecutor::run(std::span<const float> input, std::span<float> output) {
  if (auto ok = library_->make_current(); !ok) return ok;
  if (auto ok = upload(plan_.input, input.data()); !ok) return ok;
  for (std::size_t i = 0; i < steps_.size(); ++i)
    if (auto ok = steps_[i] ? run_on_card(i) : compute_on_host(plan_.steps[i]); !ok) return ok;
  return download(plan_.output, output.data());
}

class CudnnBackend final : public NetworkBackend {
 public:
  explicit CudnnBackend(std::shared_ptr<const Library> library) : library_(std::move(library)) {}
  std::string_view name() const override { return "cudnn"; }
  std::string description() const override { return library_->description(); }
  Result<std::unique_ptr<Executor>> compile(Plan plan, int) const override {
    auto made = std::make_unique<CudnnExecutor>(std::move(plan), library_);
    if (auto ok = made->prepare(); !ok) return ok.error();
    return std::unique_ptr<Executor>(std::move(made));
  }

 private:
  const std::shared_ptr<const Library> library_;
};

}  // namespace

std::unique_ptr<NetworkBackend> make_backend(std::shared_ptr<const Library> library) {
  return std::make_unique<CudnnBackend>(std::move(library));
}

Result<const NetworkBackend*> backend() {
  const auto& library = Library::installed();
  if (!library) return library.error();
  // For as long as the program: drivers are gone before objects of static life are.
  static const NetworkBackend* const made = make_backend(*library).release();
  return made;
}

}  // namespace slicecast::nn::cudnn
