// Where a network's file is: a path as it is given, or the name of one that ships with the project.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.h"

namespace slicecast::segment {

// share/slicecast/models beside the folder that the running program is in.
std::filesystem::path shipped_models();

// `given` is a file, or the name of a shipped model with or without ".onnx" ("gel"); a file in the
// working directory goes before. The error names the models that are there.
Result<std::string> model_file(const std::string& given, const std::filesystem::path& shipped);

}  // namespace slicecast::segment
