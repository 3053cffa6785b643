#include "common/ingest/recastx_codec.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace slicecast::ingest {
namespace {

using nlohmann::json;

Error malformed_header(std::string what) {
  return {Errc::malformed, "recastx header: " + std::move(what)};
}

// Lookup without exceptions: null when `object` is no object or lacks the key.
const json* find(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

// Booleans and floating-point numbers are refused: 2.0 for a dimension is a sender's bug.
std::optional<std::uint64_t> natural(const json* value) {
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  return *value->get_ptr<const json::number_unsigned_t*>();
}

Result<FrameKind> kind_of(std::uint64_t scan_index) {
  switch (scan_index) {
    case 0: return FrameKind::dark;
    case 1: return FrameKind::flat;
    case 2: return FrameKind::projection;
    default:
      return Error{Errc::unsupported,
                   fmt::format("recastx header: scan_index {} is none of 0 dark, "
                               "1 flat, 2 projection",
                               scan_index)};
  }
}

}  // namespace

Result<RecastxHeader> decode_recastx(std::span<const std::byte> text, std::size_t pixel_bytes,
                                     const DecodeLimits& limits) {
  if (text.size() > kMaxJsonBytes)
    return malformed_header(
        fmt::format("{} bytes; at most {} are read", text.size(), kMaxJsonBytes));
  const char* first = reinterpret_cast<const char*>(text.data());
  const json document =
      json::parse(first, first + text.size(), nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded() || !document.is_object())
    return malformed_header("not a JSON object");

  RecastxHeader header;
  const json* attributes = find(document, "image_attributes");
  if (attributes == nullptr) return malformed_header("no image_attributes");
  const auto scan_index = natural(find(*attributes, "scan_index"));
  if (!scan_index) return malformed_header("image_attributes.scan_index is not 0, 1 or 2");
  const auto kind = kind_of(*scan_index);
  if (!kind) return kind.error();
  header.kind = *kind;
  if (const json* complete = find(*attributes, "image_is_complete"); complete != nullptr) {
    if (!complete->is_boolean()) return malformed_header("image_is_complete is not a boolean");
    header.complete = *complete->get_ptr<const json::boolean_t*>();
  }

  const auto frame = natural(find(document, "frame"));
  if (!frame) return malformed_header("frame is not a natural number");
  header.frame = *frame;

  const json* type_name = find(document, "type");
  if (type_name == nullptr || !type_name->is_string()) return malformed_header("no type");
  const auto type = pixel_type_from(*type_name->get_ptr<const json::string_t*>());
  if (!type) return Error{Errc::unsupported, "recastx header: unknown pixel type"};
  header.type = *type;

  const json* shape = find(document, "shape");
  if (shape == nullptr || !shape->is_array() || shape->size() != 2)
    return malformed_header("shape is not [rows, columns]");
  const auto rows = natural(&(*shape)[0]);
  const auto columns = natural(&(*shape)[1]);
  if (!rows || !columns) return malformed_header("shape is not [rows, columns]");
  const auto bytes = frame_bytes(*rows, *columns, header.type, limits);
  if (!bytes) return bytes.error();
  if (*bytes != pixel_bytes) {
    return Error{Errc::invalid_argument,
                 fmt::format("recastx frame: {} x {} {} are {} bytes, {} came", *rows, *columns,
                             to_string(header.type), *bytes, pixel_bytes)};
  }
  header.rows = static_cast<int>(*rows);
  header.columns = static_cast<int>(*columns);
  header.bytes = *bytes;
  return header;
}

std::string encode_recastx(const RecastxHeader& header, const std::string& source) {
  const int scan_index = header.kind == FrameKind::dark   ? 0
                         : header.kind == FrameKind::flat ? 1
                                                          : 2;
  return fmt::format(
      R"({{"image_attributes": {{"scan_index": {}, "image_is_complete": {}}}, "frame": {}, )"
      R"("source": "{}", "shape": [{}, {}], "type": "{}"}})",
      scan_index, header.complete, header.frame, source, header.rows, header.columns,
      to_string(header.type));
}

}  // namespace slicecast::ingest
