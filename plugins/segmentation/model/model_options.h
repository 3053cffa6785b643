// Options that several subcommands share.
#pragma once

#include <vector>

#include "common/config/option.h"
#include "common/nn/graph/model.h"

namespace slicecast::model {

std::vector<config::Option> with_executor(std::vector<config::Option> own);
nn::ModelOptions executor_of(const config::Settings& settings);

}  // namespace slicecast::model
