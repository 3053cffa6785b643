// Networks from ONNX files (opset 9 to 17), read with libonnx: its checker, its shape inference.
//
// The file may come from anywhere. What it contains is checked before anything is allocated from
// its numbers; what is not supported is refused with the node's name, type and place. External
// data, functions, subgraphs, sequences and sparse tensors are not read. Any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/graph.h"

namespace slicecast::nn {

inline constexpr std::size_t kMostModelBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMostNodes = 1 << 14;  // constants not counted
inline constexpr int kOldestOpset = 9, kNewestOpset = 17;

// As in the file: no pass has run.
Result<Graph> read_onnx(std::span<const std::byte> bytes);

// The bytes of a file that is not larger than kMostModelBytes.
Result<std::vector<std::byte>> read_model_file(const std::filesystem::path& path);

}  // namespace slicecast::nn
