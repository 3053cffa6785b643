// ONNX files byte by byte, without libonnx, so that tests can also write what no library would.
// Field numbers: onnx/onnx.proto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace onnx_bytes {

std::string varint(std::uint64_t value);
std::string number(int field, std::int64_t value);
std::string bytes(int field, const std::string& content);
std::string real(int field, float value);

inline constexpr int kFloat = 1, kInt64 = 7;

std::string dims(const std::vector<std::int64_t>& shape);
// TensorProto; `more`: further fields.
std::string tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                   const std::vector<float>& values, const std::string& more = {});
std::string integers(const std::string& name, const std::vector<std::int64_t>& values);
std::string attribute(const std::string& name, std::int64_t value);
std::string attribute(const std::string& name, const std::vector<std::int64_t>& values);
std::string attribute(const std::string& name, const char* text);
std::string node(const std::string& type, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs,
                 const std::vector<std::string>& attributes = {}, const std::string& name = {});
// ValueInfoProto; an extent below 0 is a name.
std::string value(const std::string& name, const std::vector<std::int64_t>& shape);

struct Parts {
  std::vector<std::string> nodes, initializers, inputs, outputs;
  std::vector<std::pair<std::string, std::string>> metadata;
  int opset = 13;
  std::string more;  // further fields of the model
};

std::vector<std::byte> model(const Parts& parts);

// One input "x" {1, 1, 8, 8}, one output "y" of the same shape.
Parts image_to_image(std::vector<std::string> nodes, std::vector<std::string> initializers = {});

}  // namespace onnx_bytes
