#include "common/nn/graph/tensor.h"

#include <cmath>
#include <limits>
#include <utility>

namespace slicecast::nn {

std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  bool empty = false;
  for (const auto extent : shape) {
    if (extent < 0 || extent > kMostElements) return std::nullopt;
    if (extent == 0)
      empty = true;
    else if (count > kMostElements / extent)
      return std::nullopt;
    else
      count *= extent;
  }
  return empty ? 0 : count;
}

std::string to_text(std::span<const std::int64_t> shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const auto extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

Shape strides_of(std::span<const std::int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

std::optional<std::size_t> axis_index(std::int64_t axis, std::size_t rank) {
  const auto dimensions = static_cast<std::int64_t>(rank);
  if (axis < -dimensions || axis >= dimensions) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + dimensions : axis);
}

std::size_t Tensor::size() const {
  return std::visit([](const auto& all) { return all.size(); }, values);
}

TensorPtr make_tensor(Shape shape, std::vector<float> values) {
  return std::make_shared<const Tensor>(Tensor{std::move(shape), std::move(values)});
}

TensorPtr make_tensor(Shape shape, std::vector<std::int64_t> values) {
  return std::make_shared<const Tensor>(Tensor{std::move(shape), std::move(values)});
}

std::vector<std::int64_t> as_integers(const Tensor& tensor) {
  if (tensor.integral()) return std::get<1>(tensor.values);
  std::vector<std::int64_t> out;
  out.reserve(tensor.size());
  for (const float value : tensor.floats()) {
    constexpr float kLimit = 9.2233720368547758e18F;  // 2^63
    if (std::isnan(value))
      out.push_back(0);
    else if (value >= kLimit)
      out.push_back(std::numeric_limits<std::int64_t>::max());
    else if (value <= -kLimit)
      out.push_back(std::numeric_limits<std::int64_t>::min());
    else
      out.push_back(static_cast<std::int64_t>(value));
  }
  return out;
}

std::vector<float> as_floats(const Tensor& tensor) {
  if (!tensor.integral()) return std::get<0>(tensor.values);
  return {tensor.integers().begin(), tensor.integers().end()};
}

}  // namespace slicecast::nn
