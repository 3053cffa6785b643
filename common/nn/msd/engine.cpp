#include "common/nn/msd/engine.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "common/nn/msd/output_kernels.h"
#include "common/nn/msd/padded_planes.h"
#include "common/nn/msd/plan.h"
#include "common/nn/msd/simplify.h"

namespace slicecast::nn::msd {

struct Workspace::Memory {
  PaddedPlanes planes;
  BufferPtr sums;  // of the outputs
};

Workspace::Workspace() : memory_(std::make_unique<Memory>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;
std::size_t Workspace::bytes() const {
  return memory_->planes.bytes() + (memory_->sums ? memory_->sums->size() : 0);
}

namespace {

// Rows that a sweep goes down at a time; tiles of early edges are so high and kTileColumns wide:
// eight sources and ten sums of such a tile stay in a second cache of 1 MiB.
constexpr int kEarlyBand = 64, kTileColumns = 128;
// Without early edges nothing wants tall bands, and low ones leave more of them in the cache.
constexpr int kBand = 32;
constexpr int kMostSize = 1 << 15;

struct Outputs {
  std::span<const ImageView<float>> images;
  ImageView<std::uint8_t> labels;  // instead of images
};

class Run {
 public:
  Run(const Plan& plan, std::span<const ImageView<const float>> channels, PaddedPlanes& planes,
      float* sums, const Outputs& outputs)
      : plan_(plan),
        channels_(channels),
        planes_(planes),
        sums_(sums),
        row_stride_(row_stride(planes.columns())),
        channel_stride_(row_stride_ * planes.rows()),
        outputs_(outputs) {}

  void all() const {
    const int threads = std::max(1, tbb::this_task_arena::max_concurrency());
    for (const Sweep& sweep : plan_.sweeps) {
      const int band = sweep.early.empty() ? kBand : kEarlyBand;
      // Chunks of fewer rows than they overlap by would leave everything to the seams.
      const int most = std::max(1, planes_.rows() / (2 * sweep.most_lag + band));
      if (threads <= most)
        in_chunks(sweep, threads, band);
      else
        step_by_step(sweep);
    }
  }

 private:
  // One chunk of rows per thread. Where two chunks meet, the steps that lag leave a wedge of rows,
  // which is filled in once both are done.
  void in_chunks(const Sweep& sweep, int chunks, int band) const {
    const int rows = planes_.rows();
    const auto boundary = [&](int k) {
      return static_cast<int>(static_cast<std::int64_t>(rows) * k / chunks);
    };
    each(chunks, [&](int k) { chunk(sweep, boundary(k), boundary(k + 1), band); });
    each(chunks - 1, [&](int k) {
      for (const Step& step : sweep.steps)
        step_rows(step, boundary(k + 1) - step.lag, boundary(k + 1) + step.lag);
    });
  }

  void chunk(const Sweep& sweep, int begin, int end, int band) const {
    for (int top = begin; top < end + sweep.most_lag; top += band) {
      for (int column = 0; column < planes_.columns() && top < end; column += kTileColumns)
        early_tile(sweep, top, std::min(end, top + band), column);
      for (const Step& step : sweep.steps) {
        const int first = begin == 0 ? 0 : begin + step.lag;
        const int last = end == planes_.rows() ? end : end - step.lag;
        step_rows(step, std::max(first, top - step.lag), std::min(last, top + band - step.lag));
      }
    }
  }

  // For more threads than chunks: all of them share the rows of one step after the other.
  void step_by_step(const Sweep& sweep) const {
    const int rows = planes_.rows();
    const int across = (planes_.columns() + kTileColumns - 1) / kTileColumns;
    const auto bands = [&](int height) { return (rows + height - 1) / height; };
    if (!sweep.early.empty())
      each(bands(kEarlyBand) * across, [&](int tile) {
        const int top = tile / across * kEarlyBand;
        early_tile(sweep, top, std::min(rows, top + kEarlyBand), tile % across * kTileColumns);
      });
    for (const Step& step : sweep.steps)
      each(bands(kBand),
           [&](int k) { step_rows(step, k * kBand, std::min(rows, k * kBand + kBand)); });
  }

  template <class Body>
  static void each(int count, const Body& body) {
    if (count == 1)
      body(0);
    else if (count > 1)
      tbb::parallel_for(0, count, body, tbb::simple_partitioner());
  }

  void early_tile(const Sweep& sweep, int top, int bottom, int column) const {
    const kernels::Region region{top, bottom, column,
                                 std::min(planes_.columns(), column + kTileColumns)};
    for (const Step& step : sweep.early) kernels::sum_edges(planes_.set(), step.edges, region);
  }

  void step_rows(const Step& step, int begin, int end) const {
    if (begin >= end) return;
    const kernels::Region region{begin, end, 0, planes_.columns()};
    switch (step.kind) {
      case Step::Kind::load:
        for (int r = begin; r < end; ++r) load_row(step, r);
        planes_.extend_rows(step.slot, begin, end);
        break;
      case Step::Kind::edges:
        kernels::sum_edges(planes_.set(), step.edges, region);
        planes_.extend_rows(step.slot, begin, end);
        break;
      case Step::Kind::outputs:
        kernels::sum_planes(planes_.set(), step.outputs, region, sums_, channel_stride_,
                            row_stride_);
        if (step.concludes)
          for (int r = begin; r < end; ++r) conclude_row(r);
        break;
    }
  }

  void load_row(const Step& step, int row) const {
    const auto channel = static_cast<std::size_t>(step.channel);
    const Affine affine = plan_.scale_in[channel];
    const auto from = channels_[channel].row(row);
    float* to = planes_.set().slot(step.slot) + planes_.set().rows[row];
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i] * affine.scale + affine.shift;
  }

  void conclude_row(int row) const {
    float* sums = sums_ + row * row_stride_;
    const int columns = planes_.columns();
    if (outputs_.images.empty()) {
      kernels::label_row(sums, channel_stride_, plan_.scale_out, columns,
                         outputs_.labels.row(row).data());
      return;
    }
    kernels::finish_row(sums, channel_stride_, plan_.scale_out, plan_.output, columns);
    for (std::size_t c = 0; c < outputs_.images.size(); ++c)
      std::copy_n(sums + static_cast<std::ptrdiff_t>(c) * channel_stride_, columns,
                  outputs_.images[c].row(row).data());
  }

  const Plan& plan_;
  const std::span<const ImageView<const float>> channels_;
  const PaddedPlanes& planes_;
  float* const sums_;
  const std::ptrdiff_t row_stride_, channel_stride_;
  const Outputs outputs_;
};

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
  try {
    memory.planes.prepare(rows, columns, plan_->pad, plan_->slots, plan_->border);
    const std::size_t bytes = static_cast<std::size_t>(row_stride(columns)) *
                              static_cast<std::size_t>(rows) *
                              static_cast<std::size_t>(plan_->outputs) * sizeof(float);
    if (!memory.sums || memory.sums->size() < bytes) memory.sums = Buffer::allocate(bytes);
  } catch (const std::bad_alloc&) {
    return Error{Errc::resource_exhausted, "no memory for " + std::to_string(plan_->slots) +
                                               " planes of " + size_of(rows, columns) +
                                               " pixels; use smaller slices"};
  }
  Run(*plan_, channels, memory.planes, memory.sums->as<float>(), {outputs, labels}).all();
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
