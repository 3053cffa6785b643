#include "common/nn/graph/onednn/executor.h"

#include <omp.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/nn/graph/onednn/program.h"
#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::onednn {
namespace {

Error failed(const dnnl::error& error) {
  const bool memory = error.status == dnnl_out_of_memory;
  return {memory ? Errc::resource_exhausted : Errc::unsupported,
          std::string("oneDNN: ") + error.what() +
              (memory ? "; use a smaller image" : "; choose the executor 'reference'")};
}

// OpenMP's number of threads belongs to the calling thread: restored for whoever else uses it.
class ThreadCount {
 public:
  explicit ThreadCount(int threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(threads);
  }
  ~ThreadCount() { omp_set_num_threads(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

class OneDnnExecutor final : public Executor {
 public:
  OneDnnExecutor(Plan plan, int threads)
      : plan_(std::move(plan)),
        threads_(threads),
        engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_) {
    const ThreadCount count(threads_);
    Program program = compile(engine_, plan_);
    memory_ = Buffer::allocate(std::max<std::size_t>(64, program.arena.place()));
    input_ = dnnl::memory(plain_layout(plan_.input_shape()), engine_, nullptr);
    output_ = dnnl::memory(plain_layout(plan_.output_shape()), engine_, nullptr);
    for (Call& call : program.calls) bind(program.arena, call);
  }

  Result<void> run(std::span<const float> input, std::span<float> output) override {
    const ThreadCount count(threads_);
    try {
      input_.set_data_handle(const_cast<float*>(input.data()));
      output_.set_data_handle(output.data());
      for (const Bound& call : calls_)
        if (call.step == nullptr)
          call.primitive.execute(stream_, call.arguments);
        else
          run_plain(call);
      stream_.wait();
    } catch (const dnnl::error& error) {
      return failed(error);
    }
    return {};
  }

 private:
  struct Bound {
    dnnl::primitive primitive;
    const Step* step;
    std::unordered_map<int, dnnl::memory> arguments;
    std::vector<dnnl::memory> operands;
  };

  dnnl::memory memory_of(const Arena& arena, const Operand& operand) {
    if (operand.region == kInput) return input_;
    if (operand.region == kOutput) return output_;
    return {operand.layout, engine_, memory_->data() + arena.offset(operand.region)};
  }

  void bind(const Arena& arena, Call& call) {
    Bound bound{call.primitive, call.step, {}, {}};
    for (auto& [argument, parameter] : call.parameters) bound.arguments[argument] = parameter;
    for (const auto& [argument, operand] : call.operands) {
      dnnl::memory at = memory_of(arena, operand);
      if (call.step == nullptr)
        bound.arguments[argument] = at;
      else
        bound.operands.push_back(at);
    }
    calls_.push_back(std::move(bound));
  }

  void run_plain(const Bound& call) const {
    std::vector<reference::Floats> inputs;
    std::size_t next = 0;
    const auto floats = [](const dnnl::memory& at) {
      return static_cast<float*>(at.get_data_handle());
    };
    for (const ValueId value : call.step->inputs) {
      const auto constant = plan_.constants.find(value);
      inputs.push_back({&plan_.shape(value), constant != plan_.constants.end()
                                                 ? constant->second->floats().data()
                                                 : floats(call.operands[next++])});
    }
    reference::compute(call.step->operation, inputs,
                       {&plan_.shape(call.step->output), floats(call.operands[next])});
  }

  const Plan plan_;
  const int threads_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  BufferPtr memory_;
  dnnl::memory input_, output_;
  std::vector<Bound> calls_;
};

class OneDnnBackend final : public NetworkBackend {
 public:
  std::string_view name() const override { return "onednn"; }
  std::string description() const override {
    const dnnl_version_t* version = dnnl_version();
    return "onednn " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch);
  }
  Result<std::unique_ptr<Executor>> compile(Plan plan, int threads) const override {
    try {
      return std::unique_ptr<Executor>(
          std::make_unique<OneDnnExecutor>(std::move(plan), std::max(1, threads)));
    } catch (const dnnl::error& error) {
      return failed(error);
    } catch (const std::bad_alloc&) {
      return Error{Errc::resource_exhausted,
                   "no memory for an image of this size; use a smaller one"};
    }
  }
};

}  // namespace

const NetworkBackend& backend() {
  static const OneDnnBackend backend;
  return backend;
}

}  // namespace slicecast::nn::onednn
