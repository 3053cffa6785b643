#include "common/nn/graph/executor.h"

#include "common/nn/graph/onednn/executor.h"
#include "common/nn/graph/reference/executor.h"

namespace slicecast::nn {

std::vector<std::string> network_backend_names() {
  return {"onednn", "reference"};
}

Result<const NetworkBackend*> find_network_backend(std::string_view name) {
  if (name == "auto" || name == "onednn") return &onednn::backend();
  if (name == "reference") return &reference::backend();
  return Error{Errc::invalid_argument,
               "no executor '" + std::string(name) + "'; use auto, onednn or reference"};
}

}  // namespace slicecast::nn
