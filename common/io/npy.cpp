#include "common/io/npy.h"

#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>

#include "common/io/regular_file.h"

namespace slicecast::io {
namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr std::uint64_t kLongestHeader = 1 << 20;

char kind_of(PixelType type) {
  switch (type) {
    case PixelType::u8:
    case PixelType::u16:
    case PixelType::u32:
    case PixelType::u64: return 'u';
    case PixelType::i8:
    case PixelType::i16:
    case PixelType::i32:
    case PixelType::i64: return 'i';
    default: return 'f';
  }
}

std::string descriptor_of(PixelType type) {
  return std::string(size_of(type) == 1 ? "|" : "<") + kind_of(type) +
         std::to_string(size_of(type));
}

std::optional<PixelType> type_from(std::string_view descriptor) {
  for (auto type : {PixelType::u8, PixelType::u16, PixelType::u32, PixelType::u64, PixelType::i8,
                    PixelType::i16, PixelType::i32, PixelType::i64, PixelType::f16, PixelType::f32,
                    PixelType::f64})
    if (descriptor == descriptor_of(type) ||
        (size_of(type) == 1 && descriptor.substr(1) == descriptor_of(type).substr(1)))
      return type;
  return std::nullopt;
}

// Text after "'key':" without leading blanks; empty if the key is not there.
std::string_view value_of(std::string_view header, std::string_view key) {
  const auto at = header.find(key);
  if (at == std::string_view::npos) return {};
  auto rest = header.substr(at + key.size());
  const auto colon = rest.find_first_not_of(" '\"");
  if (colon == std::string_view::npos || rest[colon] != ':') return {};
  rest.remove_prefix(colon + 1);
  const auto start = rest.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string_view{} : rest.substr(start);
}

std::optional<std::vector<std::uint64_t>> shape_from(std::string_view text) {
  const auto end = text.find(')');
  if (text.empty() || text.front() != '(' || end == std::string_view::npos) return std::nullopt;
  text = text.substr(1, end - 1);
  std::vector<std::uint64_t> shape;
  while (true) {
    const auto first = text.find_first_not_of(" ,");
    if (first == std::string_view::npos) return shape;
    text.remove_prefix(first);
    std::uint64_t extent = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc{} || shape.size() >= 32) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    if (!text.empty() && text.front() != ',' && text.front() != ' ') return std::nullopt;
    shape.push_back(extent);
  }
}

// Bytes of an array, nullopt on overflow.
std::optional<std::uint64_t> bytes_of(const NpyArray& array) {
  std::uint64_t bytes = size_of(array.type);
  for (auto extent : array.shape) {
    if (extent != 0 && bytes > (std::uint64_t{1} << 62) / extent) return std::nullopt;
    bytes *= extent;
  }
  return bytes;
}

template <class T, class Number>
void widen(const std::vector<std::byte>& values, std::vector<Number>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, values.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<Number>(value);
  }
}

template <class Number>
std::vector<Number> widened(const NpyArray& array) {
  const auto& values = array.values;
  std::vector<Number> out(values.size() / size_of(array.type));
  switch (array.type) {
    case PixelType::u8: widen<std::uint8_t>(values, out); break;
    case PixelType::u16: widen<std::uint16_t>(values, out); break;
    case PixelType::u32: widen<std::uint32_t>(values, out); break;
    case PixelType::u64: widen<std::uint64_t>(values, out); break;
    case PixelType::i8: widen<std::int8_t>(values, out); break;
    case PixelType::i16: widen<std::int16_t>(values, out); break;
    case PixelType::i32: widen<std::int32_t>(values, out); break;
    case PixelType::i64: widen<std::int64_t>(values, out); break;
    case PixelType::f32: widen<float>(values, out); break;
    case PixelType::f64: widen<double>(values, out); break;
    case PixelType::f16:
      for (std::size_t i = 0; i < out.size(); ++i) {
        std::uint16_t bits;
        std::memcpy(&bits, values.data() + 2 * i, 2);
        out[i] = static_cast<Number>(float_from_half(bits));
      }
      break;
  }
  return out;
}

}  // namespace

std::string npy_header(PixelType type, const std::vector<std::uint64_t>& shape) {
  std::string text = "{'descr': '" + descriptor_of(type) + "', 'fortran_order': False, 'shape': (";
  for (auto extent : shape) text += std::to_string(extent) + ", ";
  if (shape.size() > 1) text.resize(text.size() - 2);
  if (shape.size() == 1) text.resize(text.size() - 1);
  text += "), }";
  const std::size_t used = 10 + text.size() + 1;
  text.append((64 - used % 64) % 64, ' ');
  text += '\n';
  std::string header(kMagic, 6);
  header += '\x01';
  header += '\x00';
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

Result<NpyArray> read_npy(const std::filesystem::path& path) {
  const auto refused = [&](Errc code, const std::string& why) {
    return Error{code, path.string() + ": " + why};
  };
  if (auto regular = check_readable_file(path); !regular) return regular.error();
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    return refused(Errc::not_found, "cannot be opened; check the path");
  unsigned char start[12] = {};
  file.read(reinterpret_cast<char*>(start), 10);
  if (file.gcount() != 10 || std::memcmp(start, kMagic, 6) != 0 || start[6] < 1 || start[6] > 3)
    return refused(Errc::malformed, "is not a .npy file; save it with numpy.save");
  std::uint64_t length = start[8] | start[9] << 8, offset = 10;
  if (start[6] > 1) {
    file.read(reinterpret_cast<char*>(start + 10), 2);
    length |= std::uint64_t{start[10]} << 16 | std::uint64_t{start[11]} << 24;
    offset = 12;
  }
  if (!file || length > kLongestHeader) return refused(Errc::malformed, "has a damaged header");
  std::string header(length, ' ');
  file.read(header.data(), static_cast<std::streamsize>(length));
  if (!file) return refused(Errc::malformed, "ends within its header; copy it again");

  NpyArray array;
  const auto descriptor = value_of(header, "descr");
  const auto type = descriptor.size() < 4
                        ? std::nullopt
                        : type_from(descriptor.substr(1, descriptor.find_first_of("'\"", 1) - 1));
  if (!type)
    return refused(Errc::unsupported,
                   "is not of a little-endian integer or float type; convert it with astype");
  if (!value_of(header, "fortran_order").starts_with("False"))
    return refused(Errc::unsupported, "is in Fortran order; save numpy.ascontiguousarray of it");
  const auto shape = shape_from(value_of(header, "shape"));
  if (!shape) return refused(Errc::malformed, "has a damaged shape");
  array.type = *type;
  array.shape = *shape;
  const auto bytes = bytes_of(array);
  std::error_code error;
  const auto file_bytes = std::filesystem::file_size(path, error);
  if (!bytes || error || file_bytes != offset + length + *bytes)
    return refused(Errc::malformed, "has a size that does not match its shape; copy it again");
  array.values.resize(*bytes);
  file.read(reinterpret_cast<char*>(array.values.data()), static_cast<std::streamsize>(*bytes));
  if (!file) return refused(Errc::io, "cannot be read to its end");
  return array;
}

std::vector<float> NpyArray::as_float() const {
  return widened<float>(*this);
}

std::vector<double> NpyArray::as_double() const {
  return widened<double>(*this);
}

}  // namespace slicecast::io
