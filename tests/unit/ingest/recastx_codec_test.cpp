#include "common/ingest/recastx_codec.h"

#include <random>

#include "tests/unit/ingest/mutation.h"

namespace slicecast::ingest {
namespace {

// Written by hand from the description of the dialect, not by our encoder.
const std::string kLiteral =
    R"({"image_attributes": {"scan_index": 2, "image_is_complete": true}, "frame": 0, )"
    R"("source": "gigafrost", "shape": [512, 512], "type": "uint16"})";
constexpr std::size_t kLiteralBytes = 512 * 512 * 2;

Result<RecastxHeader> decode(const std::string& json, std::size_t pixel_bytes,
                             std::size_t budget = std::size_t{1} << 30) {
  return decode_recastx({reinterpret_cast<const std::byte*>(json.data()), json.size()}, pixel_bytes,
                        {budget});
}

std::string header(const std::string& scan_index, const std::string& frame,
                   const std::string& shape, const std::string& type) {
  return R"({"image_attributes": {"scan_index": )" + scan_index + R"(}, "frame": )" + frame +
         R"(, "shape": )" + shape + R"(, "type": )" + type + "}";
}

Errc refusal(const std::string& json, std::size_t pixel_bytes = 8,
             std::size_t budget = std::size_t{1} << 30) {
  const auto decoded = decode(json, pixel_bytes, budget);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().message.find('\n') == std::string::npos);
  return decoded.error().code;
}

}  // namespace

TEST_CASE("a recastx header that is no JSON object of the dialect is malformed") {
  const auto json = GENERATE(as<std::string>{}, "", "{", "[]", "null", "\xff\xfe", "{}",
                             R"({"image_attributes": 3})", R"({"frame": 1})");
  CHECK(refusal(json) == Errc::malformed);
}

TEST_CASE("a recastx header with a field of the wrong kind is malformed") {
  CHECK(refusal(header("\"2\"", "0", "[2, 2]", "\"uint16\"")) == Errc::malformed);
  CHECK(refusal(header("2", "-1", "[2, 2]", "\"uint16\"")) == Errc::malformed);
  CHECK(refusal(header("2", "0.5", "[2, 2]", "\"uint16\"")) == Errc::malformed);
  CHECK(refusal(header("2", "99999999999999999999999", "[2, 2]", "\"uint16\"")) == Errc::malformed);
  CHECK(refusal(header("2", "0", "[2]", "\"uint16\"")) == Errc::malformed);
  CHECK(refusal(header("2", "0", "[2, 2, 2]", "\"uint16\"")) == Errc::malformed);
  CHECK(refusal(header("2", "0", "[2, -2]", "\"uint16\"")) == Errc::malformed);
  CHECK(refusal(header("2", "0", "[2, true]", "\"uint16\"")) == Errc::malformed);
  CHECK(refusal(header("2", "0", "[2, 2]", "16")) == Errc::malformed);
}

TEST_CASE("a scan_index or pixel type that nobody knows is unsupported and a bad header") {
  CHECK(refusal(header("3", "0", "[2, 2]", "\"uint16\"")) == Errc::unsupported);
  CHECK(refusal(header("2", "0", "[2, 2]", "\"complex64\"")) == Errc::unsupported);
  CHECK(drop_reason({Errc::unsupported, ""}) == metrics::Drop::bad_header);
}

TEST_CASE("a size that the pixels do not have, or that is over a cap, is refused") {
  // The trap of the rivals: 32 bytes announced as 4000 x 4000.
  CHECK(refusal(header("2", "0", "[4000, 4000]", "\"uint16\""), 32) == Errc::invalid_argument);
  CHECK(refusal(header("2", "0", "[0, 4]", "\"uint16\""), 0) == Errc::invalid_argument);
  CHECK(refusal(header("2", "0", "[65536, 1]", "\"uint8\""), 65536) == Errc::invalid_argument);
  CHECK(refusal(header("2", "0", "[18446744073709551615, 2]", "\"uint16\""), 8) ==
        Errc::invalid_argument);
  CHECK(refusal(header("2", "0", "[65535, 65535]", "\"float64\""), 8) == Errc::resource_exhausted);
  CHECK(refusal(header("2", "0", "[2, 2]", "\"uint16\""), 8, 7) == Errc::resource_exhausted);
  CHECK(drop_reason({Errc::invalid_argument, ""}) == metrics::Drop::bad_size);
  CHECK(drop_reason({Errc::resource_exhausted, ""}) == metrics::Drop::bad_size);
}

TEST_CASE("a recastx header over 64 KiB is refused unread") {
  std::string padded = kLiteral;
  padded.insert(1, std::string(kMaxJsonBytes, ' '));
  CHECK(refusal(padded, kLiteralBytes) == Errc::malformed);
  CHECK(refusal(std::string(kMaxJsonBytes, '['), 8) == Errc::malformed);
}

TEST_CASE("damaged recastx headers never do harm") {
  std::mt19937 random(11);
  std::size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto decoded = decode(test::mutated(kLiteral, random), kLiteralBytes);
    if (!decoded) continue;
    ++accepted;
    REQUIRE(static_cast<std::size_t>(decoded->rows) * static_cast<std::size_t>(decoded->columns) *
                size_of(decoded->type) ==
            kLiteralBytes);
  }
  CHECK(accepted > 0);  // the damage is mild enough to reach every check
}

TEST_CASE("the documented recastx header is read") {
  const auto decoded = decode(kLiteral, kLiteralBytes);
  REQUIRE(decoded);
  CHECK(decoded->kind == FrameKind::projection);
  CHECK(decoded->complete);
  CHECK(decoded->frame == 0);
  CHECK(decoded->type == PixelType::u16);
  CHECK(decoded->rows == 512);
  CHECK(decoded->columns == 512);
  CHECK(decoded->bytes == kLiteralBytes);
}

TEST_CASE("unknown keys of a recastx header are ignored") {
  std::string json = kLiteral;
  json.insert(1, R"("voltage": [1, {"a": null}], )");
  CHECK(decode(json, kLiteralBytes));
}

TEST_CASE("the encoder writes the documented recastx header") {
  RecastxHeader header;
  header.rows = header.columns = 512;
  CHECK(encode_recastx(header, "gigafrost") == kLiteral);
  header.kind = FrameKind::flat;
  header.frame = 7;
  header.rows = 3;
  header.type = PixelType::f32;
  const auto decoded = decode(encode_recastx(header, "x"), 3 * 512 * 4);
  REQUIRE(decoded);
  CHECK(decoded->kind == FrameKind::flat);
  CHECK(decoded->frame == 7);
  CHECK(decoded->rows == 3);
  CHECK(decoded->type == PixelType::f32);
}

}  // namespace slicecast::ingest
