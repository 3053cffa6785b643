// Values of a network's graph: dense, row-major, floats or (shapes, indices) 64-bit integers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/base/error.h"

namespace slicecast::nn {

using Shape = std::vector<std::int64_t>;  // slowest dimension first; empty: a scalar

// What no value of a network may exceed: 2^30 elements are 4 GiB of floats.
inline constexpr std::int64_t kMostElements = std::int64_t{1} << 30;
inline constexpr std::size_t kMostDimensions = 8;

// Product of the extents; nothing if one is negative or the product exceeds kMostElements.
std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape);
std::string to_text(std::span<const std::int64_t> shape);  // "1x3x512x512", "scalar"

// Elements from one index to the next along each dimension.
Shape strides_of(std::span<const std::int64_t> shape);

// `axis`, which may count from the end, as an index below `rank`; nothing if it is outside.
std::optional<std::size_t> axis_index(std::int64_t axis, std::size_t rank);

struct Tensor {
  Shape shape;
  std::variant<std::vector<float>, std::vector<std::int64_t>> values;

  bool integral() const { return values.index() == 1; }
  std::span<const float> floats() const { return std::get<0>(values); }
  std::span<const std::int64_t> integers() const { return std::get<1>(values); }
  std::size_t size() const;
};
using TensorPtr = std::shared_ptr<const Tensor>;  // shared by the graph and what is made from it

TensorPtr make_tensor(Shape shape, std::vector<float> values);
TensorPtr make_tensor(Shape shape, std::vector<std::int64_t> values);

// Numbers of a tensor as the other type; a float outside the 64-bit range becomes its end, NaN 0.
std::vector<std::int64_t> as_integers(const Tensor& tensor);
std::vector<float> as_floats(const Tensor& tensor);

}  // namespace slicecast::nn
