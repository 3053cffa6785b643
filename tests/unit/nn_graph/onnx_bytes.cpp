#include "onnx_bytes.h"

#include <cstring>

namespace onnx_bytes {

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value > 0x7f; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  return out + static_cast<char>(value);
}

std::string number(int field, std::int64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3) + varint(static_cast<std::uint64_t>(value));
}

std::string bytes(int field, const std::string& content) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(content.size()) + content;
}

std::string real(int field, float value) {
  std::string out = varint(static_cast<std::uint64_t>(field) << 3 | 5);
  out.append(reinterpret_cast<const char*>(&value), 4);
  return out;
}

std::string dims(const std::vector<std::int64_t>& shape) {
  std::string out;
  for (const auto extent : shape) out += number(1, extent);
  return out;
}

std::string tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                   const std::vector<float>& values, const std::string& more) {
  const std::string raw(reinterpret_cast<const char*>(values.data()), 4 * values.size());
  return dims(shape) + number(2, kFloat) + bytes(8, name) + bytes(9, raw) + more;
}

std::string integers(const std::string& name, const std::vector<std::int64_t>& values) {
  const std::string raw(reinterpret_cast<const char*>(values.data()), 8 * values.size());
  return number(1, static_cast<std::int64_t>(values.size())) + number(2, kInt64) + bytes(8, name) +
         bytes(9, raw);
}

std::string attribute(const std::string& name, std::int64_t value) {
  return bytes(1, name) + number(3, value) + number(20, 2);
}

std::string attribute(const std::string& name, const std::vector<std::int64_t>& values) {
  std::string out = bytes(1, name) + number(20, 7);
  for (const auto value : values) out += number(8, value);
  return out;
}

std::string attribute(const std::string& name, const char* text) {
  return bytes(1, name) + bytes(4, text) + number(20, 3);
}

std::string node(const std::string& type, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs,
                 const std::vector<std::string>& attributes, const std::string& name) {
  std::string out;
  for (const auto& input : inputs) out += bytes(1, input);
  for (const auto& output : outputs) out += bytes(2, output);
  out += bytes(3, name) + bytes(4, type);
  for (const auto& one : attributes) out += bytes(5, one);
  return out;
}

std::string value(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::string extents;
  for (const auto extent : shape)
    extents += bytes(1, extent < 0 ? bytes(2, "any" + std::to_string(-extent)) : number(1, extent));
  const std::string type = bytes(1, number(1, kFloat) + bytes(2, extents));
  return bytes(1, name) + bytes(2, type);
}

std::vector<std::byte> model(const Parts& parts) {
  std::string graph = bytes(2, "graph");
  for (const auto& one : parts.nodes) graph += bytes(1, one);
  for (const auto& one : parts.initializers) graph += bytes(5, one);
  for (const auto& one : parts.inputs) graph += bytes(11, one);
  for (const auto& one : parts.outputs) graph += bytes(12, one);
  std::string all = number(1, 7) + bytes(8, number(2, parts.opset)) + bytes(7, graph) + parts.more;
  for (const auto& [key, text] : parts.metadata) all += bytes(14, bytes(1, key) + bytes(2, text));
  std::vector<std::byte> out(all.size());
  std::memcpy(out.data(), all.data(), all.size());
  return out;
}

Parts image_to_image(std::vector<std::string> nodes, std::vector<std::string> initializers) {
  return {std::move(nodes),
          std::move(initializers),
          {value("x", {1, 1, 8, 8})},
          {value("y", {1, 1, 8, 8})},
          {}};
}

}  // namespace onnx_bytes
