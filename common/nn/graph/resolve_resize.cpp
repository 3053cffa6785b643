#include <cmath>

#include "common/nn/graph/resolve.h"
#include "common/nn/graph/resolve_window.h"

namespace slicecast::nn {
namespace {

Result<void> read_modes(const Node& node, int opset, Resize& op) {
  const std::string mode = node.text("mode", "nearest");
  if (mode == "linear" || mode == "bilinear")
    op.mode = Resize::Mode::linear;
  else if (mode != "nearest")
    return refuse(node, "mode '" + mode + "' is not supported; use nearest or linear");
  // Before opset 11 there were no modes of coordinates, and all implementations took these.
  const bool old = node.type == "Upsample" || opset < 11;
  const std::string coordinates =
      node.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  using Coordinates = Resize::Coordinates;
  if (coordinates == "half_pixel")
    op.coordinates = Coordinates::half_pixel;
  else if (coordinates == "pytorch_half_pixel")
    op.coordinates = Coordinates::torch_half_pixel;
  else if (coordinates == "align_corners")
    op.coordinates = Coordinates::align_corners;
  else if (coordinates == "asymmetric")
    op.coordinates = Coordinates::asymmetric;
  else
    return refuse(node, "coordinate_transformation_mode '" + coordinates + "' is not supported");
  const std::string rounding = node.text("nearest_mode", old ? "floor" : "round_prefer_floor");
  using Rounding = Resize::Rounding;
  if (rounding == "round_prefer_floor")
    op.rounding = Rounding::prefer_floor;
  else if (rounding == "round_prefer_ceil")
    op.rounding = Rounding::prefer_ceil;
  else if (rounding == "floor")
    op.rounding = Rounding::floor;
  else if (rounding == "ceil")
    op.rounding = Rounding::ceil;
  else
    return refuse(node, "nearest_mode '" + rounding + "' is not supported");
  return {};
}

}  // namespace

Result<Resolved> resolve_resize(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  if (auto ok = expect_image(node, input); !ok) return ok.error();
  Resize op;
  if (auto ok = read_modes(node, inputs.opset, op); !ok) return ok.error();
  const bool with_region = node.type == "Resize" && inputs.opset >= 11;
  const std::size_t scales_at = with_region ? 2 : 1;
  Shape shape = input;

  const TensorPtr sizes = with_region ? inputs.constant(3) : nullptr;
  if (sizes != nullptr && sizes->size() > 0) {
    const auto wanted = as_integers(*sizes);
    if (wanted.size() != 4 || wanted[0] != input[0] || wanted[1] != input[1] || wanted[2] < 1 ||
        wanted[3] < 1)
      return refuse(node, "sizes must keep batch and channels and be positive");
    for (std::size_t d = 0; d < 2; ++d) {
      shape[2 + d] = wanted[2 + d];
      op.scale[d] = static_cast<double>(wanted[2 + d]) / static_cast<double>(input[2 + d]);
    }
    return Resolved{op, std::move(shape), false, {0}};
  }
  if (with_region && inputs.given(3) && sizes == nullptr)
    return refuse(node, "sizes must be constant or follow from shapes");

  std::vector<float> scales;
  if (const auto* attribute = node.attributes.contains("scales")
                                  ? std::get_if<std::vector<float>>(&node.attributes.at("scales"))
                                  : nullptr)
    scales = *attribute;
  else if (const TensorPtr tensor = inputs.constant(scales_at))
    scales = as_floats(*tensor);
  if (scales.size() != 4 || scales[0] != 1 || scales[1] != 1)
    return refuse(node, "scales must be four constants that keep batch and channels");
  for (std::size_t d = 0; d < 2; ++d) {
    const double scale = scales[2 + d];
    if (!(scale > 0) || scale > 1024)
      return refuse(node, "a scale is not above 0 and at most 1024");
    op.scale[d] = scale;
    shape[2 + d] = static_cast<std::int64_t>(std::floor(static_cast<double>(input[2 + d]) * scale));
    if (shape[2 + d] < 1) return refuse(node, "leaves nothing of " + to_text(input));
  }
  return Resolved{op, std::move(shape), false, {0}};
}

}  // namespace slicecast::nn
