// Any bytes as an ONNX file: read, simplified and planned for a small image; what is found to be
// runnable and small is run by both executors, which must agree on the shape.
#include <cstdlib>

#include "common/nn/graph/executor.h"
#include "common/nn/graph/model_card.h"
#include "common/nn/graph/msd_pattern.h"
#include "common/nn/graph/onnx_reader.h"
#include "common/nn/graph/passes.h"
#include "common/nn/graph/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace slicecast;
  auto graph = nn::read_onnx(std::as_bytes(std::span(bytes, size)));
  if (!graph || !nn::simplify(*graph)) return 0;
  (void)nn::read_card(graph->metadata);
  nn::Shape shape = graph->declared_input;
  for (auto& extent : shape)
    if (extent < 1) extent = 12;
  if (const auto count = nn::element_count(shape); !count || *count > 4096) return 0;
  const auto plan = nn::specialize(*graph, shape);
  if (!plan) return 0;
  if (const auto network = nn::find_msd(*plan, nn::msd::Border::symmetric))
    if (!nn::msd::validate(*network)) std::abort();
  double elements = 0;
  for (const auto& value : plan->shapes)
    elements += static_cast<double>(nn::element_count(value).value_or(0));
  if (plan->multiply_adds() > 1e6 || elements > 1e6) return 0;
  const std::vector<float> input(static_cast<std::size_t>(*nn::element_count(shape)), 0.5F);
  std::vector<float> output(static_cast<std::size_t>(*nn::element_count(plan->output_shape())));
  for (const auto& name : nn::network_backend_names()) {
    const auto backend = nn::find_network_backend(name);
    if (!backend) continue;
    auto executor = (*backend)->compile(*plan, 1);
    if (executor && !(*executor)->run(input, output) && name == "reference") std::abort();
  }
  return 0;
}
