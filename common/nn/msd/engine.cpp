#include "common/nn/msd/engine.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "common/nn/msd/padded_planes.h"
#include "common/nn/msd/plan.h"
#include "common/nn/msd/run.h"
#include "common/nn/msd/simplify.h"

namespace slicecast::nn::msd {

struct Workspace::Memory {
  std::vector<PaddedPlanes> planes;  // one per chunk of a streamed run
  BufferPtr sums;                    // of the outputs
};

Workspace::Workspace() : memory_(std::make_unique<Memory>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;
std::size_t Workspace::bytes() const {
  std::size_t bytes = memory_->sums ? memory_->sums->size() : 0;
  for (const PaddedPlanes& planes : memory_->planes) bytes += planes.bytes();
  return bytes;
}

namespace {

constexpr int kMostSize = 1 << 15;

std::string size_of(int rows, int columns) {
  return std::to_string(rows) + "x" + std::to_string(columns);
}

template <class T>
Result<void> check_size(const ImageView<T>& image, const char* what, int rows, int columns) {
  if (image.pixels == nullptr || image.rows != rows || image.columns != columns)
    return Error{Errc::invalid_argument, std::string(what) + " is " +
                                             size_of(image.rows, image.columns) + ", not " +
                                             size_of(rows, columns) + " as the first input"};
  return {};
}

Result<void> check_inputs(const Plan& plan, std::span<const ImageView<const float>> channels) {
  if (channels.size() != static_cast<std::size_t>(plan.inputs))
    return Error{Errc::invalid_argument, "the network reads " + std::to_string(plan.inputs) +
                                             " channels; " + std::to_string(channels.size()) +
                                             " were given"};
  const auto& image = channels.front();
  if (image.rows < 1 || image.columns < 1 || image.rows > kMostSize || image.columns > kMostSize)
    return Error{Errc::invalid_argument, "an image of " + size_of(image.rows, image.columns) +
                                             " pixels cannot be computed; give 1 to " +
                                             std::to_string(kMostSize) + " rows and columns"};
  for (const auto& channel : channels)
    if (auto ok = check_size(channel, "an input", image.rows, image.columns); !ok) return ok;
  return {};
}

}  // namespace

Result<Engine> Engine::create(const Network& network) {
  if (auto ok = validate(network); !ok) return ok.error();
  return Engine(std::make_unique<const Plan>(make_plan(simplify(network))));
}
Engine::Engine(std::unique_ptr<const Plan> plan) : plan_(std::move(plan)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

int Engine::inputs() const {
  return plan_->inputs;
}
int Engine::outputs() const {
  return plan_->outputs;
}
std::size_t Engine::edges() const {
  std::size_t count = 0;
  for (const Sweep& sweep : plan_->sweeps)
    for (const auto* steps : {&sweep.early, &sweep.steps})
      for (const Step& step : *steps) count += static_cast<std::size_t>(step.edges.count);
  return count;
}

Result<void> Engine::run_checked(std::span<const ImageView<const float>> channels,
                                 Workspace& workspace, std::span<const ImageView<float>> outputs,
                                 ImageView<std::uint8_t> labels) const {
  const int rows = channels.front().rows, columns = channels.front().columns;
  auto& memory = *workspace.memory_;
  const int threads = std::max(1, tbb::this_task_arena::max_concurrency());
  const int chunks = stream_chunks(*plan_, rows, threads);
  try {
    if (memory.planes.size() < static_cast<std::size_t>(chunks))
      memory.planes.resize(static_cast<std::size_t>(chunks));
    for (int k = 0; k < chunks; ++k)
      memory.planes[static_cast<std::size_t>(k)].prepare(rows, columns, plan_->pad, plan_->border,
                                                         plan_->planes);
    const std::size_t bytes = static_cast<std::size_t>(row_stride(columns)) *
                              static_cast<std::size_t>(rows) *
                              static_cast<std::size_t>(plan_->outputs) * sizeof(float);
    if (!memory.sums || memory.sums->size() < bytes) memory.sums = Buffer::allocate(bytes);
  } catch (const std::bad_alloc&) {
    return Error{Errc::resource_exhausted, "no memory for the planes of a network on " +
                                               size_of(rows, columns) +
                                               " pixels; use smaller slices"};
  }
  const Slice slice{channels, outputs, labels, memory.sums->as<float>(), row_stride(columns)};
  const std::span planes(memory.planes.data(), static_cast<std::size_t>(chunks));
  if (plan_->streamed)
    run_streamed(*plan_, slice, planes);
  else
    run_swept(*plan_, slice, planes.front(), threads);
  return {};
}

Result<void> Engine::run(std::span<const ImageView<const float>> channels, Workspace& workspace,
                         std::span<const ImageView<float>> outputs) const {
  if (plan_->output == Output::arg_max)
    return Error{Errc::invalid_argument, "the network gives labels; ask for labels"};
  if (auto ok = check_inputs(*plan_, channels); !ok) return ok;
  if (outputs.size() != static_cast<std::size_t>(plan_->outputs))
    return Error{Errc::invalid_argument, "the network gives " + std::to_string(plan_->outputs) +
                                             " images; there is room for " +
                                             std::to_string(outputs.size())};
  for (const auto& image : outputs)
    if (auto ok = check_size(image, "an output", channels.front().rows, channels.front().columns);
        !ok)
      return ok;
  return run_checked(channels, workspace, outputs, {});
}

Result<void> Engine::run_labels(std::span<const ImageView<const float>> channels,
                                Workspace& workspace, ImageView<std::uint8_t> labels) const {
  if (auto ok = check_inputs(*plan_, channels); !ok) return ok;
  if (auto ok =
          check_size(labels, "the label map", channels.front().rows, channels.front().columns);
      !ok)
    return ok;
  return run_checked(channels, workspace, {}, labels);
}

}  // namespace slicecast::nn::msd
