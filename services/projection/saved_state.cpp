// One file: "SLICECAST-PROJECTION-2\n", then little-endian: uint32 bytes of the ScanStart message
// and the message; the same for two SetParameters messages, the live values and the configured ones
// of the same names; int32 rows, columns, dark count, flat count; rows x columns floats of the mean
// dark if its count is not 0, the same for the flat; uint64 FNV-1a of all before.
#include "services/projection/saved_state.h"

#include <cstring>
#include <fstream>
#include <span>
#include <string_view>
#include <vector>

#include "common/io/atomic_file.h"
#include "common/service/service.h"

namespace slicecast::projection {
namespace {

constexpr std::string_view kMagic = "SLICECAST-PROJECTION-2\n";
constexpr std::uintmax_t kLargestFile = std::uintmax_t{8} << 30;

// FNV-1a over 8-byte words, tail by bytes: finds damage, not malice.
std::uint64_t checksum(std::string_view bytes) {
  constexpr std::uint64_t kPrime = 0x100000001b3u;
  std::uint64_t hash = 0xcbf29ce484222325u;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 32;
  }
  for (; i < bytes.size(); ++i) hash = (hash ^ static_cast<unsigned char>(bytes[i])) * kPrime;
  return hash;
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put(std::string& out, const recon::FloatImage& image) {
  out.append(reinterpret_cast<const char*>(image.data()), image.size() * sizeof(float));
}

void put_message(std::string& out, const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  put(out, static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  std::string_view take(std::size_t count) {
    if (count > left_.size()) good_ = false;
    if (!good_) return {};
    const auto taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  template <class T>
  T number() {
    T value{};
    const auto bytes = take(sizeof value);
    if (good_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::shared_ptr<const recon::FloatImage> image(std::size_t pixels) {
    const auto bytes = take(pixels * sizeof(float));
    if (!good_) return nullptr;
    auto image = std::make_shared<recon::FloatImage>(pixels);
    std::memcpy(image->data(), bytes.data(), bytes.size());
    return image;
  }
  void message(google::protobuf::MessageLite& into) {
    const auto bytes = take(number<std::uint32_t>());
    good_ = good_ && into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }
  bool done() const { return good_ && left_.empty(); }
  bool good() const { return good_; }

 private:
  std::string_view left_;
  bool good_ = true;
};

Error damaged(const std::filesystem::path& path) {
  return {Errc::malformed, path.string() +
                               " is damaged or no state of slicecast-projection; it is ignored, "
                               "and replaced when darks, flats or a scan arrive"};
}

}  // namespace

std::filesystem::path state_path(const std::filesystem::path& directory, const std::string& name) {
  return directory / ("projection-" + name + ".state");
}

Result<void> write_state(const std::filesystem::path& path, const SavedState& state) {
  const CalibrationSet& set = state.calibration;
  std::string bytes(kMagic);
  put_message(bytes, state.scan);
  v1::SetParameters live, configured;
  for (const auto& [name, parameter] : state.parameters) {
    (*live.mutable_values())[name] = service::to_proto(parameter.live, config::Type::text);
    (*configured.mutable_values())[name] =
        service::to_proto(parameter.configured, config::Type::text);
  }
  put_message(bytes, live);
  put_message(bytes, configured);
  put(bytes, std::int32_t{set.rows});
  put(bytes, std::int32_t{set.columns});
  put(bytes, std::int32_t{set.dark ? set.dark_count : 0});
  put(bytes, std::int32_t{set.flat ? set.flat_count : 0});
  if (set.dark) put(bytes, *set.dark);
  if (set.flat) put(bytes, *set.flat);
  put(bytes, checksum(bytes));

  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return Error{Errc::io, "cannot make " + path.parent_path().string() + ": " + error.message() +
                               "; choose another state_directory"};
  if (auto written = io::write_whole_file(path, std::as_bytes(std::span(bytes))); !written)
    return Error{written.error().code,
                 written.error().message + "; or choose another state_directory"};
  return {};
}

Result<SavedState> read_state(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return Error{Errc::not_found, "no state at " + path.string()};
  if (size < kMagic.size() + sizeof(std::uint64_t) || size > kLargestFile) return damaged(path);
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) return damaged(path);

  const std::string_view all(bytes);
  const auto body = all.substr(0, size - sizeof(std::uint64_t));
  if (Reader(all.substr(body.size())).number<std::uint64_t>() != checksum(body))
    return damaged(path);
  Reader reader(body);
  if (reader.take(kMagic.size()) != kMagic) return damaged(path);
  SavedState state;
  v1::SetParameters live, configured;
  reader.message(state.scan);
  reader.message(live);
  reader.message(configured);
  for (const auto& [name, value] : live.values())
    if (const auto other = configured.values().find(name); other != configured.values().end())
      state.parameters[name] = {service::value_from(other->second), service::value_from(value)};
  CalibrationSet& set = state.calibration;
  set.rows = reader.number<std::int32_t>();
  set.columns = reader.number<std::int32_t>();
  set.dark_count = reader.number<std::int32_t>();
  set.flat_count = reader.number<std::int32_t>();
  if (!reader.good() || set.rows < 0 || set.columns < 0 || set.rows > 65535 || set.columns > 65535)
    return damaged(path);
  const std::size_t pixels = static_cast<std::size_t>(set.rows) * set.columns;
  if (set.dark_count > 0) set.dark = reader.image(pixels);
  if (set.flat_count > 0) set.flat = reader.image(pixels);
  if (!reader.done()) return damaged(path);
  return state;
}

}  // namespace slicecast::projection
