#include "common/nn/graph/onnx_writer.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <span>
#include <string>
#include <variant>

#include "common/nn/graph/sized_network.h"

namespace slicecast::nn {
namespace {

constexpr int kFormatVersion = 7;  // the least that every opset up to 17 may come in

// Names of a graph need not differ; those of a file do.
std::string value_name(const Graph& graph, ValueId id) {
  if (id == kAbsent) return "";
  return std::to_string(id) + " " + graph.values[static_cast<std::size_t>(id)];
}

void write_tensor(const Tensor& tensor, onnx::TensorProto& proto) {
  for (const auto extent : tensor.shape) proto.add_dims(extent);
  const auto bytes =
      tensor.integral() ? std::as_bytes(tensor.integers()) : std::as_bytes(tensor.floats());
  proto.set_data_type(tensor.integral() ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
  proto.set_raw_data(bytes.data(), bytes.size());
}

struct AttributeWriter {
  onnx::AttributeProto& proto;

  void operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    proto.mutable_ints()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<float>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    proto.mutable_floats()->Add(values.begin(), values.end());
  }
  void operator()(const TensorPtr& value) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    write_tensor(*value, *proto.mutable_t());
  }
};

// Extents below 0 get names, each its own.
void declare(onnx::ValueInfoProto& proto, const std::string& name, int element_type,
             const Shape& shape) {
  proto.set_name(name);
  auto& type = *proto.mutable_type()->mutable_tensor_type();
  type.set_elem_type(element_type);
  auto& dimensions = *type.mutable_shape();
  for (const auto extent : shape)
    if (extent >= 0)
      dimensions.add_dim()->set_dim_value(extent);
    else
      dimensions.add_dim()->set_dim_param(name + "." + std::to_string(dimensions.dim_size()));
}

bool is_of_indices(const Graph& graph, ValueId value) {
  return std::ranges::any_of(graph.nodes, [&](const Node& node) {
    return node.type == "ArgMax" && std::ranges::find(node.outputs, value) != node.outputs.end();
  });
}

}  // namespace

Result<std::vector<std::byte>> write_onnx(const Graph& graph) {
  const auto trial = trial_plan(graph);
  if (!trial) return trial.error();
  onnx::ModelProto model;
  model.set_ir_version(kFormatVersion);
  model.set_producer_name("slicecast");
  model.add_opset_import()->set_version(graph.opset);
  for (const auto& [key, value] : graph.metadata) {
    auto& property = *model.add_metadata_props();
    property.set_key(key);
    property.set_value(value);
  }
  auto& to = *model.mutable_graph();
  to.set_name("network");
  for (const auto& [id, tensor] : graph.constants) {
    auto& proto = *to.add_initializer();
    proto.set_name(value_name(graph, id));
    write_tensor(*tensor, proto);
  }
  for (const Node& node : graph.nodes) {
    if (node.activation.kind != Activation::Kind::none)
      return refuse(node, "has an activation fused behind it; write the graph before its passes");
    auto& proto = *to.add_node();
    proto.set_op_type(node.type);
    proto.set_name(node.name);
    for (const ValueId id : node.inputs) proto.add_input(value_name(graph, id));
    for (const ValueId id : node.outputs) proto.add_output(value_name(graph, id));
    for (const auto& [key, value] : node.attributes) {
      auto& attribute = *proto.add_attribute();
      attribute.set_name(key);
      std::visit(AttributeWriter{attribute}, value);
    }
  }
  using Proto = onnx::TensorProto;
  declare(*to.add_input(), value_name(graph, graph.input), Proto::FLOAT, graph.declared_input);
  declare(*to.add_output(), value_name(graph, graph.output),
          is_of_indices(graph, graph.output) ? Proto::INT64 : Proto::FLOAT,
          Shape(trial->output_shape().size(), -1));
  const std::string bytes = model.SerializeAsString();
  if (bytes.empty())
    return Error{Errc::resource_exhausted, "the network is too large for one ONNX file"};
  const auto all = std::as_bytes(std::span(bytes));
  return std::vector<std::byte>(all.begin(), all.end());
}

}  // namespace slicecast::nn
