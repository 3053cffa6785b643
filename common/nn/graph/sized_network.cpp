#include "common/nn/graph/sized_network.h"

#include <algorithm>
#include <utility>

#include "common/nn/msd/network.h"

namespace slicecast::nn {
namespace {

constexpr std::size_t kKeptSizes = 4;

bool is_dense(const Plan& plan) {
  const Shape &in = plan.input_shape(), &out = plan.output_shape();
  // {1, rows, columns} is what an arg max without its channel leaves.
  return out.size() >= 3 && std::equal(in.end() - 2, in.end(), out.end() - 2);
}

// Copies planes between images of different sizes; `from` is continued by mirroring.
void copy_planes(std::span<const float> from, std::int64_t from_rows, std::int64_t from_columns,
                 std::span<float> to, std::int64_t rows, std::int64_t columns) {
  const std::size_t planes = to.size() / static_cast<std::size_t>(rows * columns);
  std::vector<std::int64_t> source(static_cast<std::size_t>(columns));
  for (std::int64_t c = 0; c < columns; ++c)
    source[static_cast<std::size_t>(c)] = msd::border_position(
        msd::Border::symmetric, static_cast<int>(c), static_cast<int>(from_columns));
  float* out = to.data();
  for (std::size_t p = 0; p < planes; ++p)
    for (std::int64_t r = 0; r < rows; ++r) {
      const int y = msd::border_position(msd::Border::symmetric, static_cast<int>(r),
                                         static_cast<int>(from_rows));
      const float* row =
          from.data() + static_cast<std::int64_t>(p) * from_rows * from_columns + y * from_columns;
      for (const auto x : source) *out++ = row[x];
    }
}

}  // namespace

Result<Plan> plan_for_image(const Graph& graph, const Shape& asked) {
  auto exact = specialize(graph, asked);
  if (exact && is_dense(*exact)) return exact;
  for (std::int64_t multiple = 2; multiple <= 64; multiple *= 2) {
    Shape grown = asked;
    for (std::size_t d = 2; d < 4; ++d) grown[d] = (asked[d] + multiple - 1) / multiple * multiple;
    if (grown == asked) continue;
    auto plan = specialize(graph, grown);
    if (plan && is_dense(*plan)) return plan;
  }
  return exact;
}

Result<Plan> trial_plan(const Graph& graph) {
  if (graph.declared_input.size() == 4) {
    Shape shape = graph.declared_input;
    if (shape[0] > 1)
      return Error{Errc::unsupported, "the model takes batches of " + std::to_string(shape[0]) +
                                          "; export it with batch 1 or a dynamic batch"};
    shape[0] = 1;
    if (shape[1] < 1)
      return Error{Errc::unsupported,
                   "the number of input channels is not fixed; export with a fixed one"};
    for (std::size_t d = 2; d < 4; ++d)
      if (shape[d] < 1) shape[d] = 256;
    return plan_for_image(graph, shape);
  }
  Shape shape = graph.declared_input;
  for (auto& extent : shape)
    if (extent < 1) extent = 1;
  return specialize(graph, shape);
}

Result<SizedNetwork::Compiled*> SizedNetwork::compiled(const Shape& asked, int threads,
                                                       bool image) {
  const auto at = std::ranges::find_if(latest_, [&](const Compiled& entry) {
    return entry.asked == asked && entry.threads == threads;
  });
  if (at != latest_.end()) {
    latest_.splice(latest_.begin(), latest_, at);
    return &latest_.front();
  }
  auto plan = image ? plan_for_image(graph_, asked) : specialize(graph_, asked);
  if (!plan) {
    const auto& declared = graph_.declared_input;
    const bool fixed = std::ranges::count(declared, -1) == 0 && declared != asked;
    return Error{
        plan.error().code,
        plan.error().message + (fixed ? "; the model was exported for " + to_text(declared) +
                                            ": export it with dynamic axes or use that size"
                                      : "")};
  }
  Compiled entry{asked, plan->input_shape(), plan->output_shape(), threads, nullptr};
  auto executor = backend_.compile(std::move(*plan), threads);
  if (!executor) return executor.error();
  entry.executor = std::move(*executor);
  latest_.push_front(std::move(entry));
  if (latest_.size() > kKeptSizes) latest_.pop_back();
  return &latest_.front();
}

Result<Tensor> SizedNetwork::run_image(std::span<const float> image, int rows, int columns,
                                       int threads) {
  const std::int64_t pixels = static_cast<std::int64_t>(rows) * columns;
  const auto found =
      compiled({1, static_cast<std::int64_t>(image.size()) / pixels, rows, columns}, threads, true);
  if (!found) return found.error();
  Compiled& entry = **found;
  std::vector<float> output(static_cast<std::size_t>(*element_count(entry.output)));
  if (entry.input == entry.asked) {
    if (auto ok = entry.executor->run(image, output); !ok) return ok.error();
    return Tensor{entry.output, std::move(output)};
  }
  std::vector<float> grown(static_cast<std::size_t>(*element_count(entry.input)));
  copy_planes(image, rows, columns, grown, entry.input[2], entry.input[3]);
  if (auto ok = entry.executor->run(grown, output); !ok) return ok.error();
  Shape shape = entry.output;
  const std::size_t rank = shape.size();
  shape[rank - 2] = rows;
  shape[rank - 1] = columns;
  std::vector<float> cropped(static_cast<std::size_t>(*element_count(shape)));
  copy_planes(output, entry.output[rank - 2], entry.output[rank - 1], cropped, rows, columns);
  return Tensor{std::move(shape), std::move(cropped)};
}

Result<Tensor> SizedNetwork::run_exactly(const Tensor& input, int threads) {
  const auto found = compiled(input.shape, threads, false);
  if (!found) return found.error();
  Compiled& entry = **found;
  std::vector<float> output(static_cast<std::size_t>(*element_count(entry.output)));
  if (auto ok = entry.executor->run(input.floats(), output); !ok) return ok.error();
  return Tensor{entry.output, std::move(output)};
}

}  // namespace slicecast::nn
