// Options that several subcommands share.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/nn/graph/model.h"

namespace slicecast::model {

std::vector<config::Option> with_executor(std::vector<config::Option> own);
// An ONNX file, or the network of the benchmark that has no file.
inline constexpr const char* kModelDoc =
    "ONNX file, or 'tomogan': a network of its size with drawn weights";
Result<nn::Model> load_model(const std::string& path, const config::Settings& settings);
nn::ModelOptions executor_of(const config::Settings& settings);

}  // namespace slicecast::model
