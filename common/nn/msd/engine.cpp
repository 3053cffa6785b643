#include "common/nn/msd/engine.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
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
  // Of one slice that is being computed.
  struct Lane {
    std::vector<PaddedPlanes> planes;  // one per chunk of a streamed run
    BufferPtr sums;                    // of the outputs
  };
  std::vector<Lane> lanes;

  // Throws std::bad_alloc.
  Lane& prepare(std::size_t lane, const Plan& plan, int rows, int columns, int chunks);
};

Workspace::Workspace() : memory_(std::make_unique<Memory>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;
std::size_t Workspace::bytes() const {
  std::size_t bytes = 0;
  for (const auto& lane : memory_->lanes) {
    bytes += lane.sums ? lane.sums->size() : 0;
    for (const PaddedPlanes& planes : lane.planes) bytes += planes.bytes();
  }
  return bytes;
}

Workspace::Memory::Lane& Workspace::Memory::prepare(std::size_t lane, const Plan& plan, int rows,
                                                    int columns, int chunks) {
  if (lanes.size() <= lane) lanes.resize(lane + 1);
  auto& [planes, sums] = lanes[lane];
  if (planes.size() < static_cast<std::size_t>(chunks))
    planes.resize(static_cast<std::size_t>(chunks));
  for (int k = 0; k < chunks; ++k)
    planes[static_cast<std::size_t>(k)].prepare(rows, columns, plan.pad, plan.border, plan.planes);
  const std::size_t bytes = static_cast<std::size_t>(row_stride(columns)) *
                            static_cast<std::size_t>(rows) *
                            static_cast<std::size_t>(plan.outputs) * sizeof(float);
  if (!sums || sums->size() < bytes) sums = Buffer::allocate(bytes);
  return lanes[lane];
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
  if (channels.empty() || channels.size() % static_cast<std::size_t>(plan.inputs) != 0)
    return Error{Errc::invalid_argument, "the network reads " + std::to_string(plan.inputs) +
                                             " channels per slice; " +
                                             std::to_string(channels.size()) + " were given"};
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
                                 std::span<const ImageView<std::uint8_t>> labels) const {
  const int rows = channels.front().rows, columns = channels.front().columns;
  const auto inputs = static_cast<std::size_t>(plan_->inputs);
  const auto out = outputs.empty() ? 0 : static_cast<std::size_t>(plan_->outputs);
  const std::size_t slices = channels.size() / inputs;
  const int threads = std::max(1, tbb::this_task_arena::max_concurrency());
  // Slices that share no work need no barriers and no rows twice. Those left over, too few for
  // all threads, are shared by all of them.
  const auto lanes = static_cast<std::size_t>(threads);
  const std::size_t whole = lanes > 1 ? slices / lanes * lanes : 0;
  const int chunks = whole < slices ? stream_chunks(*plan_, rows, threads) : 1;
  auto& memory = *workspace.memory_;
  try {
    for (std::size_t lane = 0; lane < (whole > 0 ? lanes : 1); ++lane)
      memory.prepare(lane, *plan_, rows, columns, lane == 0 ? chunks : 1);
  } catch (const std::bad_alloc&) {
    return Error{Errc::resource_exhausted, "no memory for the planes of a network on " +
                                               std::to_string(slices) + " slices of " +
                                               size_of(rows, columns) +
                                               " pixels; use smaller ones or fewer at once"};
  }
  const auto compute = [&](std::size_t index, const Workspace::Memory::Lane& lane, int shared_by) {
    const Slice slice{channels.subspan(index * inputs, inputs), outputs.subspan(index * out, out),
                      outputs.empty() ? labels[index] : ImageView<std::uint8_t>{},
                      lane.sums->as<float>(), row_stride(columns)};
    const auto used = static_cast<std::size_t>(shared_by == 1 ? 1 : chunks);
    if (plan_->streamed)
      run_streamed(*plan_, slice, std::span(lane.planes).first(used));
    else
      run_swept(*plan_, slice, lane.planes.front(), shared_by);
  };
  if (whole > 0) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&](std::size_t lane) {
      for (auto index = next++; index < whole; index = next++)
        compute(index, memory.lanes[lane], 1);
    };
    tbb::parallel_for(std::size_t{0}, lanes, work, tbb::simple_partitioner());
  }
  for (std::size_t index = whole; index < slices; ++index)
    compute(index, memory.lanes.front(), threads);
  return {};
}

Result<void> Engine::run(std::span<const ImageView<const float>> channels, Workspace& workspace,
                         std::span<const ImageView<float>> outputs) const {
  if (plan_->output == Output::arg_max)
    return Error{Errc::invalid_argument, "the network gives labels; ask for labels"};
  if (auto ok = check_inputs(*plan_, channels); !ok) return ok;
  const auto wanted = channels.size() / static_cast<std::size_t>(plan_->inputs) *
                      static_cast<std::size_t>(plan_->outputs);
  if (outputs.size() != wanted)
    return Error{Errc::invalid_argument, "the network gives " + std::to_string(wanted) +
                                             " images; there is room for " +
                                             std::to_string(outputs.size())};
  for (const auto& image : outputs)
    if (auto ok = check_size(image, "an output", channels.front().rows, channels.front().columns);
        !ok)
      return ok;
  return run_checked(channels, workspace, outputs, {});
}

Result<void> Engine::run_labels(std::span<const ImageView<const float>> channels,
                                Workspace& workspace,
                                std::span<const ImageView<std::uint8_t>> labels) const {
  if (auto ok = check_inputs(*plan_, channels); !ok) return ok;
  if (labels.size() != channels.size() / static_cast<std::size_t>(plan_->inputs))
    return Error{Errc::invalid_argument,
                 "there are " + std::to_string(labels.size()) + " label maps; give one per slice"};
  for (const auto& map : labels)
    if (auto ok = check_size(map, "the label map", channels.front().rows, channels.front().columns);
        !ok)
      return ok;
  return run_checked(channels, workspace, {}, labels);
}

}  // namespace slicecast::nn::msd
