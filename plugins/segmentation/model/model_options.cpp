#include "plugins/segmentation/model/model_options.h"

#include <cstdio>

#include "common/nn/card/card_network.h"
#include "common/nn/graph/tomogan.h"
#include "plugins/segmentation/model/commands.h"

namespace slicecast::model {

std::vector<config::Option> with_executor(std::vector<config::Option> own) {
  own.push_back(
      {.name = "executor",
       .default_value = "auto",
       .doc = "What runs the network: auto, cpu, msd, msd_cuda, onednn, cudnn or reference"});
  own.push_back({.name = "threads",
                 .type = config::Type::integer,
                 .default_value = 1,
                 .doc = "Threads that the network may use",
                 .minimum = 1,
                 .maximum = 1024});
  return own;
}

nn::ModelOptions executor_of(const config::Settings& settings) {
  return {settings.text("executor"), nn::networks_on_card("")};
}

Result<nn::Model> load_model(const std::string& path, const config::Settings& settings) {
  if (path == "tomogan") return nn::Model::from_graph(nn::make_tomogan(1), executor_of(settings));
  return nn::Model::load(path, executor_of(settings));
}

int fail(const std::string& command, const Error& error) {
  std::fprintf(stderr, "slicecast-model %s: %s\n", command.c_str(), error.message.c_str());
  return 2;
}

}  // namespace slicecast::model
