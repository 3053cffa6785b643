#include "common/nn/graph/onnx_reader.h"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include "common/base/pixel_type.h"
#include "common/nn/graph/resolve.h"
#include "common/nn/graph/sized_network.h"

namespace slicecast::nn {
namespace {

static_assert(std::endian::native == std::endian::little, "raw tensors are little-endian");

// Names go into one-line messages.
std::string printable(const std::string& text) {
  constexpr std::size_t kLongest = 120;
  std::string out = text.substr(0, kLongest);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out;
}

Error malformed(std::string message) {
  return {Errc::malformed, std::move(message)};
}

// Elements of a tensor from its bytes or from the field of its type.
template <class Stored, class Value, class Field>
Result<std::vector<Value>> elements(const onnx::TensorProto& tensor, std::size_t count,
                                    const Field& field, const std::string& where) {
  std::vector<Value> values;
  if (tensor.has_raw_data()) {
    if (tensor.raw_data().size() != count * sizeof(Stored))
      return malformed(where + " has a size that does not match its shape; export it again");
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      Stored stored;
      std::memcpy(&stored, tensor.raw_data().data() + i * sizeof(Stored), sizeof(Stored));
      values.push_back(static_cast<Value>(stored));
    }
    return values;
  }
  if (static_cast<std::size_t>(field.size()) != count)
    return malformed(where + " has a size that does not match its shape; export it again");
  values.reserve(count);
  for (const auto& stored : field)
    values.push_back(static_cast<Value>(static_cast<Stored>(stored)));
  return values;
}

template <class Value>
Result<TensorPtr> tensor_of(const Shape& shape, Result<std::vector<Value>> values) {
  if (!values) return values.error();
  return make_tensor(shape, std::move(*values));
}

Result<TensorPtr> read_tensor(const onnx::TensorProto& tensor, const std::string& where) {
  using Proto = onnx::TensorProto;
  if (tensor.data_location() == Proto::EXTERNAL || tensor.external_data_size() > 0)
    return Error{Errc::unsupported,
                 where + " lies in another file; save the model with its weights inside"};
  if (tensor.has_segment())
    return Error{Errc::unsupported, where + " comes in segments; export it again"};
  const Shape shape(tensor.dims().begin(), tensor.dims().end());
  const auto total = element_count(shape);
  if (!total || shape.size() > kMostDimensions)
    return malformed(where + " has the shape " + to_text(shape).substr(0, 80));
  const auto count = static_cast<std::size_t>(*total);
  using Integers = std::int64_t;
  switch (tensor.data_type()) {
    case Proto::FLOAT:
      return tensor_of(shape, elements<float, float>(tensor, count, tensor.float_data(), where));
    case Proto::DOUBLE:
      return tensor_of(shape, elements<double, float>(tensor, count, tensor.double_data(), where));
    case Proto::FLOAT16: {
      const auto bits =
          elements<std::uint16_t, std::uint16_t>(tensor, count, tensor.int32_data(), where);
      if (!bits) return bits.error();
      std::vector<float> values;
      for (const auto half : *bits) values.push_back(float_from_half(half));
      return make_tensor(shape, std::move(values));
    }
    case Proto::INT64:
      return tensor_of(shape,
                       elements<Integers, Integers>(tensor, count, tensor.int64_data(), where));
    case Proto::INT32:
      return tensor_of(shape,
                       elements<std::int32_t, Integers>(tensor, count, tensor.int32_data(), where));
    case Proto::UINT8:
    case Proto::BOOL:
      return tensor_of(shape,
                       elements<std::uint8_t, Integers>(tensor, count, tensor.int32_data(), where));
    case Proto::INT8:
      return tensor_of(shape,
                       elements<std::int8_t, Integers>(tensor, count, tensor.int32_data(), where));
    default:
      return Error{Errc::unsupported, where + " is of type " + std::to_string(tensor.data_type()) +
                                          "; only float, double, half and integers are read"};
  }
}

// What shape inference and our own arithmetic divide by or count with.
Result<void> check_range(const Node& node, const std::string& key, const Attribute& value) {
  const bool extent = key == "strides" || key == "dilations" || key == "kernel_shape";
  if (key == "group")
    if (const auto* number = std::get_if<std::int64_t>(&value); number != nullptr && *number < 1)
      return refuse(node, "group is not positive", Errc::malformed);
  constexpr std::int64_t kMost = 1 << 20;
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value);
      numbers != nullptr && (extent || key == "pads" || key.starts_with("output_")))
    for (const auto number : *numbers)
      if (number < (extent ? 1 : -kMost) || number > kMost)
        return refuse(node, key + " " + std::to_string(number) + " is out of range",
                      Errc::malformed);
  return {};
}

Result<void> read_attribute(const onnx::AttributeProto& attribute, Node& node) {
  using Proto = onnx::AttributeProto;
  const std::string key = printable(attribute.name());
  Attribute value;
  switch (attribute.type()) {
    case Proto::INT: value = static_cast<std::int64_t>(attribute.i()); break;
    case Proto::FLOAT: value = attribute.f(); break;
    case Proto::STRING: value = printable(attribute.s()); break;
    case Proto::INTS:
      value = std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end());
      break;
    case Proto::FLOATS:
      value = std::vector<float>(attribute.floats().begin(), attribute.floats().end());
      break;
    case Proto::TENSOR: {
      auto tensor = read_tensor(attribute.t(), describe(node) + ": attribute " + key);
      if (!tensor) return tensor.error();
      value = std::move(*tensor);
      break;
    }
    default: return refuse(node, "attribute " + key + " is of a type that is not supported");
  }
  if (auto ok = check_range(node, key, value); !ok) return ok;
  node.attributes[key] = std::move(value);
  return {};
}

// The value of a Constant node.
Result<TensorPtr> constant_of(const Node& node) {
  const auto& all = node.attributes;
  if (const auto at = all.find("value"); at != all.end())
    if (const auto* tensor = std::get_if<TensorPtr>(&at->second)) return *tensor;
  if (all.contains("value_float")) return make_tensor({}, std::vector{node.real("value_float", 0)});
  if (all.contains("value_int")) return make_tensor({}, std::vector{node.integer("value_int", 0)});
  if (all.contains("value_ints")) {
    auto values = node.integers("value_ints");
    return make_tensor({static_cast<std::int64_t>(values.size())}, std::move(values));
  }
  if (const auto at = all.find("value_floats"); at != all.end())
    if (const auto* values = std::get_if<std::vector<float>>(&at->second))
      return make_tensor({static_cast<std::int64_t>(values->size())}, *values);
  return refuse(node, "has no value that is supported");
}

class Builder {
 public:
  explicit Builder(const onnx::ModelProto& model) : model_(model), from_(model.graph()) {}

  Result<Graph> build() {
    if (auto ok = header(); !ok) return ok.error();
    if (auto ok = initializers(); !ok) return ok.error();
    if (auto ok = image(); !ok) return ok.error();
    for (int i = 0; i < from_.node_size(); ++i)
      if (auto ok = add_node(from_.node(i), i); !ok) return ok.error();
    if (graph_.nodes.size() > kMostNodes)
      return Error{Errc::resource_exhausted, "the network has over " + std::to_string(kMostNodes) +
                                                 " nodes; no network for images needs so many"};
    if (from_.output_size() == 0) return malformed("the network has no output");
    const auto output = numbers_.find(from_.output(0).name());
    if (output == numbers_.end())
      return malformed("the output '" + printable(from_.output(0).name()) +
                       "' is computed by no node");
    graph_.output = output->second;
    for (const auto& entry : model_.metadata_props()) graph_.metadata[entry.key()] = entry.value();
    return std::move(graph_);
  }

 private:
  Result<void> header() {
    for (const auto& import : model_.opset_import())
      if (import.domain().empty() || import.domain() == "ai.onnx")
        graph_.opset = static_cast<int>(std::clamp<std::int64_t>(import.version(), 0, 1000));
    if (graph_.opset < kOldestOpset || graph_.opset > kNewestOpset)
      return Error{Errc::unsupported, "the model is of opset " + std::to_string(graph_.opset) +
                                          "; export with opset " + std::to_string(kOldestOpset) +
                                          " to " + std::to_string(kNewestOpset)};
    if (model_.functions_size() > 0 || from_.sparse_initializer_size() > 0)
      return Error{Errc::unsupported,
                   "the model holds functions or sparse tensors; export without them"};
    return {};
  }

  Result<ValueId> define(const std::string& name) {
    if (name.empty()) return malformed("a value has no name; export the model again");
    const ValueId id = graph_.add_value(printable(name));
    if (!numbers_.emplace(name, id).second)
      return malformed("the value '" + printable(name) + "' is computed twice");
    return id;
  }

  Result<void> initializers() {
    for (const auto& tensor : from_.initializer()) {
      const auto id = define(tensor.name());
      if (!id) return id.error();
      auto read = read_tensor(tensor, "the tensor '" + printable(tensor.name()) + "'");
      if (!read) return read.error();
      graph_.constants[*id] = std::move(*read);
    }
    return {};
  }

  Result<void> image() {
    for (const auto& input : from_.input()) {
      if (numbers_.contains(input.name())) continue;  // an initializer's default
      if (graph_.input != kAbsent)
        return Error{Errc::unsupported, "the network has several inputs ('" +
                                            graph_.values[static_cast<std::size_t>(graph_.input)] +
                                            "', '" + printable(input.name()) + "'); one is read"};
      const auto& type = input.type().tensor_type();
      if (!input.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT)
        return Error{Errc::unsupported, "the input '" + printable(input.name()) +
                                            "' is not of type float; export with float32"};
      if (!type.has_shape()) return malformed("the input has no shape; export with one");
      for (const auto& dimension : type.shape().dim())
        if (!dimension.has_dim_value())
          graph_.declared_input.push_back(-1);
        else if (dimension.dim_value() >= 1 && dimension.dim_value() <= kMostElements)
          graph_.declared_input.push_back(dimension.dim_value());
        else
          return malformed("the input has an extent of " + std::to_string(dimension.dim_value()) +
                           "; export it with dynamic axes");
      if (graph_.declared_input.size() > kMostDimensions)
        return malformed("the input has too many dimensions");
      const auto id = define(input.name());
      if (!id) return id.error();
      graph_.input = *id;
    }
    if (graph_.input == kAbsent) return malformed("the network has no input");
    return {};
  }

  Result<void> add_node(const onnx::NodeProto& proto, int place) {
    Node node{printable(proto.name()), printable(proto.op_type()), place, {}, {}, {}, {}};
    if (!proto.domain().empty() && proto.domain() != "ai.onnx")
      return refuse(node, "is of the domain '" + printable(proto.domain()) +
                              "'; export with the standard operators only");
    if (!is_supported(node.type))
      return refuse(node, "operators of this type are not supported; export without it");
    if (proto.output_size() == 0) return refuse(node, "computes nothing", Errc::malformed);
    for (const auto& attribute : proto.attribute())
      if (auto ok = read_attribute(attribute, node); !ok) return ok;
    for (const auto& name : proto.input()) {
      const auto at = numbers_.find(name);
      if (!name.empty() && at == numbers_.end())
        return refuse(node,
                      "reads '" + printable(name) +
                          "', which no node before it computes and no initializer gives",
                      Errc::malformed);
      node.inputs.push_back(name.empty() ? kAbsent : at->second);
    }
    const auto id = define(proto.output(0));
    if (!id) return id.error();
    node.outputs = {*id};
    if (node.type == "Constant") {
      auto value = constant_of(node);
      if (!value) return value.error();
      graph_.constants[*id] = std::move(*value);
      return {};
    }
    const auto arity = *arity_of(node.type);
    if (node.inputs.size() < arity.least_inputs || node.inputs.size() > arity.most_inputs ||
        node.inputs[0] == kAbsent)
      return refuse(node, "has " + std::to_string(node.inputs.size()) + " inputs", Errc::malformed);
    graph_.nodes.push_back(std::move(node));
    return {};
  }

  const onnx::ModelProto& model_;
  const onnx::GraphProto& from_;
  Graph graph_;
  std::map<std::string, ValueId> numbers_;
};

// First line of what libonnx has to say.
std::string first_line(const char* text) {
  std::string line(text);
  return printable(line.substr(0, line.find('\n')));
}

// libonnx throws; here its exceptions end. Its shape inference reads beyond what a node has where
// ranks do not fit, and divides by what it finds: it only sees graphs whose every node we could
// resolve.
Result<void> ask_libonnx(onnx::ModelProto& model, const Graph& graph) {
  try {
    onnx::checker::check_model(model);
    if (!trial_plan(graph)) return {};  // refused, with its reason, by whoever asks for a plan
    onnx::ShapeInferenceOptions options;
    options.error_mode = 1;
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), options);
  } catch (const std::exception& error) {
    return malformed("ONNX checker: " + first_line(error.what()));
  }
  return {};
}

}  // namespace

Result<Graph> read_onnx(std::span<const std::byte> bytes) {
  if (bytes.size() > kMostModelBytes)
    return Error{Errc::resource_exhausted, "the model is larger than 1 GiB"};
  try {
    onnx::ModelProto model;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph())
      return malformed("is no ONNX model, or a damaged one; export it again");
    // Ours first: libonnx's own code trusts numbers that a hostile file chooses.
    auto graph = Builder(model).build();
    if (!graph) return graph;
    if (auto ok = ask_libonnx(model, *graph); !ok) return ok.error();
    return graph;
  } catch (const std::exception& error) {
    return malformed("cannot be read: " + first_line(error.what()));
  }
}

Result<std::vector<std::byte>> read_model_file(const std::filesystem::path& path) {
  const auto refused = [&](Errc code, const std::string& why) {
    return Error{code, path.string() + ": " + why};
  };
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) return refused(Errc::not_found, "cannot be opened; check the path");
  if (bytes > kMostModelBytes) return refused(Errc::resource_exhausted, "is larger than 1 GiB");
  std::vector<std::byte> content(bytes);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(bytes));
  if (!file) return refused(Errc::io, "cannot be read");
  return content;
}

}  // namespace slicecast::nn
