// slicecast-model inspect MODEL
#include <cstdio>
#include <map>

#include "common/config/program.h"
#include "common/nn/graph/model.h"
#include "common/nn/graph/plan.h"
#include "common/nn/graph/sized_network.h"
#include "plugins/segmentation/model/commands.h"
#include "plugins/segmentation/model/model_options.h"

namespace slicecast::model {
namespace {

void print_msd(const nn::msd::Network& network) {
  std::size_t possible = 0;
  std::map<int, int> dilations;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    possible += static_cast<std::size_t>(network.inputs) + i;
    ++dilations[network.layers[i].dilation];
  }
  const std::size_t edges = network.edge_count();
  std::printf(
      "MS-D network: %zu layers, border %s, %zu of %zu edges (%.2f %%), dilations",
      network.layers.size(), nn::msd::to_string(network.border), edges, possible,
      possible == 0 ? 0.0 : 100.0 * static_cast<double>(edges) / static_cast<double>(possible));
  for (const auto& [dilation, count] : dilations) std::printf(" %dx%d", dilation, count);
  std::printf("\n");
}

// Edges of the MS-D engine, which does not run the graph's nodes.
double msd_multiply_adds(const nn::msd::Network& network, double pixels) {
  double per_pixel = 9.0 * static_cast<double>(network.edge_count());
  for (const float weight : network.final_weights) per_pixel += weight != 0 ? 1 : 0;
  return per_pixel * pixels;
}

Result<void> inspect(const std::string& path, const config::Settings& settings) {
  const auto model = load_model(path, settings);
  if (!model) return model.error();
  const nn::Graph& graph = model->graph();
  std::printf("%s: opset %d, input %s (-1: any), output %s of %d channels, executor %s\n",
              path.c_str(), graph.opset, nn::to_text(graph.declared_input).c_str(),
              nn::to_string(model->output_kind()), model->outputs(), model->executor().c_str());
  std::map<std::string, int> types;
  for (const auto& node : graph.nodes) ++types[node.type];
  std::printf("nodes after simplification: %zu;", graph.nodes.size());
  for (const auto& [type, count] : types) std::printf(" %s %d", type.c_str(), count);
  std::size_t parameters = 0;
  for (const auto& [value, tensor] : graph.constants)
    parameters += tensor->integral() ? 0 : tensor->size();
  std::printf("\nparameters: %zu\n", parameters);
  if (model->network() != nullptr) print_msd(*model->network());
  const std::int64_t size = settings.integer("size");
  if (model->network() != nullptr) {
    const auto pixels = static_cast<double>(size) * static_cast<double>(size);
    std::printf("work at %lldx%lld: %.3f GFLOP\n", static_cast<long long>(size),
                static_cast<long long>(size), 2e-9 * msd_multiply_adds(*model->network(), pixels));
  } else if (model->inputs() > 0) {
    const auto plan = nn::plan_for_image(graph, {1, model->inputs(), size, size});
    if (plan)
      std::printf("work at %s: %.3f GFLOP\n", nn::to_text(plan->input_shape()).c_str(),
                  2e-9 * plan->multiply_adds());
  }
  for (const auto& [name, value] : nn::write_card(model->card()))
    std::printf("%s = %s\n", name.c_str(), value.c_str());
  return {};
}

}  // namespace

int run_inspect(int argc, const char* const* argv) {
  const auto schema = with_executor({{.name = "size",
                                      .type = config::Type::integer,
                                      .default_value = 512,
                                      .unit = "pixels",
                                      .doc = "Rows and columns for which the work is counted",
                                      .minimum = 1,
                                      .maximum = 32768}});
  const auto parsed = config::parse_command(
      {"slicecast-model inspect", "Says what a network is made of.", {{"MODEL", kModelDoc}}},
      schema, argc, argv);
  if (!parsed) return fail("inspect", parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (const auto ok = inspect(parsed->arguments[0], parsed->settings); !ok)
    return fail("inspect", ok.error());
  return 0;
}

}  // namespace slicecast::model
